import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { addressRange } from "../../addressRange.ts";

/** A proxy in front of Loom that ends TLS, as `proxy` in config.json names it. */
export interface Proxy {
  /** Scheme, name and port under which browsers reach it, as `https://loom.example.com`. */
  readonly origin: string;
  /** The name and port of that, as `Host` has them. */
  readonly host: string;
  /** Whether a connection from this address is the proxy's. */
  isAt(address: string): boolean;
}

/** @param settings as the schema of the settings lets them through; `from`: addresses, and ranges such as `10.0.0.0/8` */
export function proxyOf({ origin, from }: { readonly origin: string; readonly from: readonly string[] }): Proxy {
  const ranges = from.map((text) => addressRange(text)!);
  return { origin, host: new URL(origin).host, isAt: (address) => ranges.some((range) => range.has(address)) };
}

/** The address at the other end of a request's socket. */
export function socketPeer({ socket }: Pick<IncomingMessage, "socket">): string {
  // A server that listens to both families tells of IPv4 in this way.
  return (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}

/** Whether an address is this machine's own. */
export function isLoopback(address: string): boolean {
  return address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

/**
 * Who asked the proxy: the last address of X-Forwarded-For that is not the proxy's own. What stands before it, the peer has
 * written. Nobody else's header is read. A zone (`fe80::1%eth0`) is left out: it may be of any length, and says nothing here.
 * @returns the proxy's own address where it names none
 */
export function forwardedPeer(request: IncomingMessage, proxy: Proxy): string {
  const named = (request.headersDistinct["x-forwarded-for"] ?? []).flatMap((value) => value.split(",")).map((value) => value.trim().replace(/%.*$/, ""));
  const last = named.findLast((address) => !proxy.isAt(address));
  return last !== undefined && isIP(last) !== 0 ? last : socketPeer(request);
}
