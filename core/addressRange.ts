import { BlockList, isIP } from "node:net";

/** One address, or a range of them. */
export interface AddressRange {
  /** @param address of either family, in any spelling; what is no address lies in no range */
  has(address: string): boolean;
}

/** Reads an address (`10.0.0.5`), or a range such as `10.0.0.0/8`; null: the text is neither. */
export function addressRange(text: string): AddressRange | null {
  const [network = "", prefix, ...rest] = text.split("/");
  const family = familyOf(network);
  if (family === null || rest.length > 0 || network.includes("%")) return null;
  const list = new BlockList();
  if (prefix === undefined) list.addAddress(network, family);
  else if (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === "ipv4" ? 32 : 128)) list.addSubnet(network, Number(prefix), family);
  else return null;
  return {
    has: (address) => {
      const its = familyOf(address);
      return its !== null && list.check(address, its);
    },
  };
}

function familyOf(address: string): "ipv4" | "ipv6" | null {
  const version = isIP(address);
  return version === 0 ? null : version === 4 ? "ipv4" : "ipv6";
}

/** The eight numbers of an IPv6 address without a zone. */
export function ipv6Groups(address: string): number[] {
  // The URL parser knows all spellings, and writes one.
  const [head, tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [head, tail].map((part) => (part ? part.split(":") : []).map((group) => Number.parseInt(group, 16))) as [number[], number[]];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}
