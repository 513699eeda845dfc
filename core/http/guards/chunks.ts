import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Of a body in pieces so many may be small … */
const MOST_SMALL = 1_000;
/** … and the others have so many bytes on average: each costs as much time as some hundred bytes, and takes six on the wire. */
const SMALL_BYTES = 64;
/** What follows is none of HTTP, says Node's parser to its own, and reads no further. */
const NO_REQUEST = 2;

/**
 * Ends the connection of a request whose body comes in very many very small pieces (`Transfer-Encoding: chunked`), whoever reads it: Node
 * goes through megabytes of them in one turn of the event loop, of each connection. What is answered before all of it has come is read no
 * further, for the same reason.
 */
export function boundChunks(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  if (socket.destroyed) return parseNoFurther(socket);
  if (request.headers["transfer-encoding"] === undefined) return;
  const push = request.push.bind(request);
  let chunks = 0;
  let bytes = 0;
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
    if (chunk === null || socket.destroyed) return push(null);
    bytes += chunk.length;
    if (++chunks <= MOST_SMALL + bytes / SMALL_BYTES) return push(chunk, encoding);
    socket.destroy();
    return false;
  };
  response.once("finish", () => {
    if (!request.complete) socket.destroySoon();
  });
}

/**
 * Of a connection that has been ended Node goes on to make requests out of all that it had read of it, thousands in one turn of the event
 * loop, and of each an error when it closes. It has no other way to be told: this answer of its parser's stands for a request that is none.
 */
function parseNoFurther(socket: Socket): void {
  const { parser } = socket as { readonly parser?: { onIncoming: () => number } | null };
  if (parser) parser.onIncoming = () => NO_REQUEST;
}
