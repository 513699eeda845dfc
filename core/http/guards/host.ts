import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { LoomError } from "../../errors/loomError.ts";
import { forwardedPeer, isLoopback, socketPeer, type Proxy } from "./proxy.ts";

/** The names by which this machine may call itself. */
const NAMES = ["127.0.0.1", "localhost", "[::1]"];

/** A path, and nothing that has to be encoded in one. */
const TARGET = /^\/[^\s\\#\u0080-\uffff]*$/;

/** By which names a gateway is asked. */
export interface Names {
  readonly port: number;
  readonly proxy: Proxy | null;
  /** The one name of this machine under which the page lives; null: it lives under all of them. */
  readonly pageName: string | null;
}

/**
 * A name of this machine that nobody has had before. What another program has left in a browser under an older one, such as a
 * worker that answers in Loom's place, stays there: browsers keep the names apart, and take all of `.localhost` for loopback.
 */
export function newPageName(): string {
  return `${randomBytes(16).toString("hex")}.localhost`;
}

/** How a request came in. */
export interface Way {
  /** Scheme, name and port of Loom's own page there, as the browser's `Origin` has them. */
  readonly origin: string;
  /** Address of who asks: at the other end of the socket, or of the proxy. */
  readonly peer: string;
  /** Whether the page lives there. Where it does not, there are no files of it, no sign-in and no session. */
  readonly hasPage: boolean;
}

/**
 * Refuses a request that was not sent to this gateway by one of its own names: a name of somebody else's that was made
 * to point here (DNS rebinding) would let their page read ours. Its loopback names are for this machine alone, and the
 * proxy's name for the proxy, which has to say that it ended TLS.
 *
 * @throws LoomError HOST_NOT_ALLOWED
 */
export function checkHost(request: IncomingMessage, { port, proxy, pageName }: Names): Way {
  const hosts = request.headersDistinct["host"] ?? [];
  const host = hosts[0];
  if (hosts.length !== 1 || host === undefined) refuse(port);
  // An absolute target names a host of its own; what no browser sends, such as a backslash, others might read as another path.
  if (!TARGET.test(request.url ?? "")) throw new LoomError("HOST_NOT_ALLOWED", "The address of a request has to be a path.");
  const peer = socketPeer(request);
  if (isLoopback(peer) && NAMES.some((name) => host === `${name}:${port}`)) return { origin: `http://${host}`, peer, hasPage: pageName === null };
  if (isLoopback(peer) && pageName !== null && host === `${pageName}:${port}`) return { origin: `http://${host}`, peer, hasPage: true };
  if (!proxy?.isAt(peer) || host !== proxy.host) refuse(port);
  if (request.headersDistinct["x-forwarded-proto"]?.join() !== "https") throw new LoomError("HOST_NOT_ALLOWED", "The proxy has to end TLS, and to say so: X-Forwarded-Proto: https.");
  return { origin: proxy.origin, peer: forwardedPeer(request, proxy), hasPage: true };
}

/** @throws LoomError HOST_NOT_ALLOWED where the page does not live */
export function checkPage({ hasPage }: Way): void {
  if (!hasPage) throw new LoomError("HOST_NOT_ALLOWED", "Loom's page has another address after each start, since this machine is shared.", { help: "`loom open` leads to it." });
}

function refuse(port: number): never {
  throw new LoomError("HOST_NOT_ALLOWED", `Loom answers to 127.0.0.1:${port} and localhost:${port} only.`);
}
