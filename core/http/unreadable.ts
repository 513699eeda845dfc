import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { safeHeaders } from "./guards/headers.ts";

/** What cannot be read as a request is answered as Node does: https://nodejs.org/api/http.html#event-clienterror */
const STATUSES: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** A person may see this in the place of the page, where a page of another port has set cookies for all ports of this name. */
const WORDS: Readonly<Record<number, string>> = {
  431: "The headers are too long. In a browser it is cookies that other pages of this name have set: delete the cookies of this site, or open Loom under another of its names, such as localhost.\n",
};

/**
 * Answers what Node could not read as a request, and ends the connection.
 * @param isAnswered an answer is on its way, which is cut off then
 */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex, isAnswered: boolean): void {
  if (error.code === "ECONNRESET" || !socket.writable || isAnswered) return void socket.destroy();
  const status = STATUSES[error.code ?? ""] ?? 400;
  const words = WORDS[status] ?? "";
  const headers = { ...safeHeaders(null), "Content-Type": "text/plain; charset=utf-8", "Content-Length": String(Buffer.byteLength(words)), Connection: "close" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${words}`);
}
