import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, test } from "vitest";
import { defaultLimits } from "./guards/limits.ts";
import { Listeners } from "./listeners.ts";

async function listening(): Promise<Listeners> {
  const listeners = new Listeners({ host: "127.0.0.1", port: 0, proxy: null, limits: defaultLimits, onRequest: (_, response) => void response.end("Loom"), onUpgrade: () => {} });
  await listeners.listen();
  return listeners;
}

/** What another program is told that wants the port. */
async function taking(port: number): Promise<string> {
  const server = createServer();
  try {
    return await new Promise((resolve) => server.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code!)).listen(port, "127.0.0.1", () => resolve("taken")));
  } finally {
    server.close();
  }
}

/** What a peer hears on the port. */
async function heard(port: number): Promise<string> {
  let text = "";
  const socket = connect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"));
  socket.on("data", (data) => void (text += String(data))).on("error", () => {});
  await once(socket, "close");
  return text;
}

test("lets nobody else have its port where it is still looked for there, and answers nobody", async () => {
  const listeners = await listening();
  expect(await heard(listeners.port)).toContain("Loom");
  listeners.refuse();
  expect([await heard(listeners.port), await taking(listeners.port)]).toEqual(["", "EADDRINUSE"]);
  await listeners.close();
  expect(await taking(listeners.port)).toBe("taken");
});
