import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { LoomError } from "../errors/loomError.ts";
import { FEED_PATH, type Feed } from "./feed/feed.ts";
import { safeHeaders } from "./guards/headers.ts";
import { checkHost, type Names } from "./guards/host.ts";
import { checkOrigin } from "./guards/origin.ts";
import { problemHeaders, problemOf, type ProblemDetails } from "./problems.ts";

/**
 * Takes a request to become a WebSocket. It passes the same guards as every other request, before the answer 101.
 * @param instance an id for the answer, should it be a refusal
 */
export function upgrade(feed: Feed, request: IncomingMessage, socket: Duplex, head: Buffer, names: Names, instance: string): void {
  // A peer that goes away while it is refused is nobody's trouble.
  socket.on("error", () => socket.destroy());
  try {
    const way = checkHost(request, names);
    checkOrigin(request, way.origin);
    // Also with a query: what stands there ends up in logs and histories.
    if (request.url !== FEED_PATH) throw new LoomError("NOT_FOUND", `The feed is at ${FEED_PATH}, without a query.`, { help: "See docs/api.md." });
    feed.accept(request, socket, head, { ...way, port: names.port });
  } catch (error) {
    refuse(socket, problemOf(error, instance));
  }
}

function refuse(socket: Duplex, problem: ProblemDetails): void {
  const body = JSON.stringify(problem);
  const headers = { ...safeHeaders(null), ...problemHeaders(problem), "Content-Length": String(Buffer.byteLength(body)), Connection: "close" };
  // Half of the connection is the peer's to close, which may never do so.
  socket.once("finish", () => socket.destroy());
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join("")}\r\n${body}`);
}
