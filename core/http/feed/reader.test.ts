import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import WebSocket, { WebSocketServer } from "ws";
import { closed, FeedReader } from "./reader.ts";

it("cuts off who lets a thousand answers wait, however few bytes they have", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket] = (await once(server, "connection")) as [WebSocket];
  const reader = new FeedReader(socket);
  // All in one turn: none of them can be on its way before the last.
  for (let n = 0; n < 1_000; n++) reader.send({ type: "watching" });
  expect(reader.open).toBe(true);
  reader.send({ type: "watching" });
  expect(reader.open).toBe(false);
  const [code] = (await once(client, "close")) as [number];
  expect(code).toBe(closed.tooSlow);
  server.close();
});

it("lets an answer wait after a thousand that were taken", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket] = (await once(server, "connection")) as [WebSocket];
  const reader = new FeedReader(socket);
  for (let n = 0; n < 1_500; n++) {
    reader.send({ type: "watching" });
    if (n % 500 === 0) await once(client, "message");
  }
  expect(reader.open).toBe(true);
  client.terminate();
  server.close();
});
