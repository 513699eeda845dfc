import { connect, type Socket } from "node:net";
import { TOKEN, type Door } from "./door.ts";

/** A reader that shows its token and then reads nothing more, until it is told to. */
export async function stuckReader(door: Door): Promise<Socket> {
  const socket = connect(door.port, "127.0.0.1");
  socket.write(`GET /ws/loom HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
  const hello = Buffer.from(JSON.stringify({ type: "hello", token: TOKEN }));
  const header = Buffer.from([0x81, 0x80 | hello.length, 0, 0, 0, 0]);
  let seen = "";
  await new Promise<void>((resolve) => {
    socket.on("data", function read(chunk) {
      seen += chunk.toString("latin1");
      if (seen.includes("\r\n\r\n") && !seen.includes('"hello"')) socket.write(Buffer.concat([header, hello]));
      if (!seen.includes('"hello"')) return;
      socket.off("data", read);
      socket.pause();
      resolve();
    });
  });
  socket.on("error", () => {});
  return socket;
}

/** Reads on, up to the close frame. */
export async function closeCodeOf(socket: Socket): Promise<number> {
  let tail = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    tail = Buffer.concat([tail.subarray(-200), chunk]);
    const at = tail.lastIndexOf(0x88);
    // The last frame of all: its length reaches to the end.
    if (at >= 0 && tail.length - at === 2 + tail[at + 1]!) return tail.readUInt16BE(at + 2);
  }
  throw new Error("the socket ended without a close frame");
}
