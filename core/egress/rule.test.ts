import { describe, expect, it } from "vitest";
import { reached } from "./address.ts";
import { egressRule, isAllowable } from "./rule.ts";

const to = (address: string, port = 80, host = address) => ({ host, address, port });

describe("without an allow list", () => {
  const rule = egressRule([]);

  it.each(["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"])("lets requests go to %s", (address) => {
    expect(rule(to(address))).toBe(true);
  });

  it.each([
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "100.100.100.200", "127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.169.254", "169.254.170.2",
    "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fdff::1", "ff02::1", "2001:db8::1", "2001::1", "3fff::1", "100::1", "5f00::1",
    "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "0:0:0:0:0:ffff:7f00:1", "::FFFF:192.168.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:a00:1::",
  ])("refuses %s", (address) => {
    expect(rule(to(address))).toBe(false);
  });
});

it("finds the IPv4 address that an IPv6 address carries", () => {
  expect(["::ffff:10.0.0.1", "::ffff:a00:1", "64:ff9b::192.0.2.33", "fe80::1%eth0", "::1", "2606:4700::1111", "10.0.0.1"].map(reached)).toEqual(["10.0.0.1", "10.0.0.1", "192.0.2.33", "fe80::1", "::1", "2606:4700::1111", "10.0.0.1"]);
});

describe("an allowed", () => {
  it.each([
    ["10.0.0.5", to("10.0.0.5"), to("10.0.0.6")],
    ["10.0.0.5", to("::ffff:10.0.0.5"), to("::ffff:10.0.0.6")],
    ["::ffff:10.0.0.5", to("10.0.0.5"), to("10.0.0.6")],
    ["10.0.0.5:8080", to("10.0.0.5", 8080), to("10.0.0.5", 8081)],
    ["192.168.1.0/24", to("192.168.1.255"), to("192.168.2.0")],
    ["192.168.1.0/24:443", to("192.168.1.7", 443), to("192.168.1.7", 80)],
    ["100.64.0.0/10", to("100.100.1.1"), to("10.0.0.1")],
    ["10.0.0.0/8", to("64:ff9b::10.1.2.3"), to("64:ff9b::127.0.0.1")],
    ["::1", to("::1"), to("127.0.0.1")],
    ["[::1]:8080", to("::1", 8080), to("::1", 80)],
    ["fd00::/8", to("fd12::1"), to("fe80::1")],
    ["[fd00::/8]:443", to("fd12::1", 443), to("fd12::1", 80)],
    ["localhost:8080", to("127.0.0.1", 8080, "localhost"), to("127.0.0.1", 8081, "localhost")],
    ["localhost:8080", to("::1", 8080, "LOCALHOST."), to("127.0.0.1", 8080)],
    ["printer.home", to("192.168.1.9", 631, "printer.home"), to("192.168.1.9", 631, "other.home")],
    ["Printer.Home", to("192.168.1.9", 80, "printer.home"), to("192.168.1.9", 80, "a.printer.home")],
  ])("%s lets requests through to itself alone", (entry, meant, other) => {
    const rule = egressRule([entry]);
    expect([rule(meant), rule(other)]).toEqual([true, false]);
  });
});

it.each(["", " ", "10.0.0", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "fd00::/129", "localhost:0", "localhost:65536", "localhost:http", "http://localhost", "a b", "*", "-a.home", "[localhost]:80", "[::1", "::1:8080:", "fe80::1%eth0", "2130706433", "münchen.de"])(
  "says of %j that it can be no entry",
  (entry) => {
    expect(isAllowable(entry)).toBe(false);
    expect(() => egressRule([entry])).toThrow("is no address, range or name of a host");
  },
);
