import { BlockList, isIPv6 } from "node:net";
import { ipv6Groups } from "../addressRange.ts";

/** What IANA keeps from the public internet, or has given back, besides what is outside of 2000::/3. */
const SPECIAL = [
  ["0.0.0.0", 8], // this network, and unspecified
  ["10.0.0.0", 8],
  ["100.64.0.0", 10], // behind a carrier's NAT, and tailnets
  ["127.0.0.0", 8],
  ["169.254.0.0", 16], // link-local, with the clouds' metadata
  ["168.63.129.16", 32], // what a cloud answers its machines from, though it looks public
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, and broadcast
  ["2001::", 23], // Teredo and other tunnels
  ["2001:db8::", 32],
  ["2002::", 16], // 6to4: an IPv4 address in disguise
  ["3fff::", 20],
] as const;

const special = new BlockList();
for (const [network, prefix] of SPECIAL) special.addSubnet(network, prefix, familyOf(network));
const globalV6 = new BlockList();
globalV6.addSubnet("2000::", 3, "ipv6");

/** First 96 bits of those that carry an IPv4 address, to which the packets go: mapped ones, and NAT64's. */
const CARRIERS = ["0:0:0:0:0:ffff", "64:ff9b:0:0:0:0"];

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

/**
 * The address that packets to this one reach: an IPv4 address for an IPv6 one that carries it, and no zone.
 * @param address of either family, in any spelling
 */
export function reached(address: string): string {
  const bare = address.replace(/%.*$/, "");
  if (!isIPv6(bare)) return bare;
  const groups = ipv6Groups(bare);
  if (!CARRIERS.includes(groups.slice(0, 6).map((group) => group.toString(16)).join(":"))) return bare;
  return groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]).join(".");
}

/** Whether an address, as `reached` gives it, is one of the public internet. */
export function isPublic(address: string): boolean {
  const family = familyOf(address);
  return !special.check(address, family) && (family === "ipv4" || globalV6.check(address, family));
}
