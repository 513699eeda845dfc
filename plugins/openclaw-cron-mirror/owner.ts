/** Whose program is at the other end of a loopback connection, asked of the kernel. */
import { readFile } from "node:fs/promises";
import { endianness } from "node:os";
import { isIPv4 } from "node:net";
import type { SocketEnds } from "./rpc.ts";

const ESTABLISHED = "01";

/**
 * The user id that owns the other end of a connection on this machine; null where the kernel does not tell (no
 * Linux, another network namespace). Ask only when the other end has spoken: before, the socket has no owner yet.
 */
export async function peerOwner(ends: SocketEnds): Promise<number | null> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "utf8").catch(() => "")));
  return tables.map((table) => ownerInTable(table, ends)).find((uid) => uid !== null) ?? null;
}

/** Finds the peer's own socket in a table of `/proc/net/tcp` form: its local end is our remote one. Pure. */
export function ownerInTable(table: string, ends: SocketEnds): number | null {
  // Found whole: line by line a table of a hundred thousand sockets, which any user of the machine can fill, takes a quarter of a second.
  for (const local of endForms(ends.remote)) {
    for (const remote of endForms(ends.local)) {
      const at = table.indexOf(` ${local} ${remote} ${ESTABLISHED} `);
      const uid = at === -1 ? undefined : table.slice(at, table.indexOf("\n", at) + 1 || undefined).trim().split(/\s+/)[6];
      if (uid !== undefined && /^\d+$/.test(uid)) return Number(uid);
    }
  }
  return null;
}

/** An IPv4 end also appears as an IPv4-mapped IPv6 one, when the server listens on both. */
function endForms(end: { readonly address: string; readonly port: number }): readonly string[] {
  const port = end.port.toString(16).toUpperCase().padStart(4, "0");
  const address = end.address.replace(/^::ffff:(?=\d+\.)/i, "");
  const bytes = isIPv4(address) ? address.split(".").map(Number) : null;
  const forms = bytes ? [bytes, [...Array<number>(10).fill(0), 0xff, 0xff, ...bytes]] : address === "::1" ? [[...Array<number>(15).fill(0), 1]] : [];
  return forms.map((form) => `${inHostOrder(form)}:${port}`);
}

/** The kernel prints addresses as 32-bit words in the machine's own byte order. */
function inHostOrder(bytes: readonly number[]): string {
  const buffer = Buffer.from(bytes);
  return (endianness() === "LE" ? buffer.swap32() : buffer).toString("hex").toUpperCase();
}
