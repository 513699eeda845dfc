import { expect, it } from "vitest";
import { addressRange } from "./addressRange.ts";

it.each([
  ["10.0.0.5", ["10.0.0.5"], ["10.0.0.6", "::1"]],
  ["10.0.0.0/8", ["10.0.0.1", "10.255.255.255"], ["11.0.0.0", "fd00::1"]],
  ["0.0.0.0/0", ["8.8.8.8"], ["2001:db8::1"]],
  ["fd00::/8", ["fd00::1", "FD12:0:0::3"], ["fe80::1", "10.0.0.1"]],
  ["::1", ["::1", "0:0:0:0:0:0:0:1"], ["127.0.0.1"]],
])("%s has its addresses and no others", (text, inside, outside) => {
  const range = addressRange(text)!;
  expect(inside.filter((address) => !range.has(address))).toEqual([]);
  expect([...outside, "localhost", "", "10.0.0.5:80"].filter((address) => range.has(address))).toEqual([]);
});

it.each(["", "/8", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1", "10.0.0.0/8.5", "::/129", "fe80::1%eth0", "10.0.0", "[::1]"])("%s is neither an address nor a range", (text) => {
  expect(addressRange(text)).toBeNull();
});
