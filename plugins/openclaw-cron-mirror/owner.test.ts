import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { ownerInTable, peerOwner } from "./owner.ts";

const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const row = (local: string, remote: string, state: string, uid: number) => `   1: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${uid} 0 12345 1`;
const ends = { local: { address: "127.0.0.1", port: 0xc001 }, remote: { address: "127.0.0.1", port: 0x4965 } };

test("the peer's socket is the one whose ends are ours the other way round", () => {
  const ours = row("0100007F:C001", "0100007F:4965", "01", 1000);
  const listening = row("0100007F:4965", "00000000:0000", "0A", 1002);
  const theirs = row("0100007F:4965", "0100007F:C001", "01", 1001);
  expect(ownerInTable([header, ours, listening, theirs].join("\n"), ends)).toBe(1001);
});

test("a server that listens on IPv6 and IPv4 at once is found", () => {
  const theirs = row("0000000000000000FFFF00000100007F:4965", "0000000000000000FFFF00000100007F:C001", "01", 1001);
  expect(ownerInTable([header, theirs].join("\n"), ends)).toBe(1001);
});

test("a connection that is not there, or no longer, has no owner", () => {
  expect(ownerInTable([header, row("0100007F:4965", "0100007F:C001", "06", 0)].join("\n"), ends)).toBeNull();
  expect(ownerInTable("", ends)).toBeNull();
});

test.each(["127.0.0.1", "::1"])("the kernel tells the owner of a real connection on %s, where it is Linux", async (host) => {
  await using server = createServer((socket) => socket.write("challenge")).listen(0, host);
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, host);
  await once(socket, "data");
  const owner = await peerOwner({
    local: { address: socket.localAddress!, port: socket.localPort! },
    remote: { address: socket.remoteAddress!, port: socket.remotePort! },
  });
  socket.destroy();
  expect(owner).toBe(process.platform === "linux" ? process.getuid!() : null);
});
