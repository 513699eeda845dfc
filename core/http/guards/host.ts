import type { IncomingMessage } from "node:http";
import { LoomError } from "../../errors/loomError.ts";

/** The names by which this machine may call itself. */
const NAMES = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Refuses a request that was not sent to this gateway by one of its own names: a name of somebody else's that was made
 * to point here (DNS rebinding) would let their page read ours. Answers the name and port.
 *
 * @throws LoomError HOST_NOT_ALLOWED
 */
export function checkHost(request: IncomingMessage, port: number): string {
  const hosts = request.headersDistinct["host"] ?? [];
  const host = hosts[0];
  if (hosts.length !== 1 || host === undefined || !NAMES.some((name) => host === `${name}:${port}`)) {
    throw new LoomError("HOST_NOT_ALLOWED", `Loom answers to 127.0.0.1:${port} and localhost:${port} only.`);
  }
  // An absolute target names a host of its own.
  if (!request.url?.startsWith("/")) throw new LoomError("HOST_NOT_ALLOWED", "The address of a request has to be a path.");
  return host;
}
