import type { Socket } from "node:net";

/** Ends a connection on which nothing has moved for so long, either way. Only the socket knows whether anything does. */
export function endWhenStill(socket: Socket, ms: number): void {
  socket.setTimeout(ms);
}
