import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { makeFolder } from "../../test/support/folder.ts";
import { thisGateway } from "../config/gatewayFile.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { connect } from "./client.ts";
import { openFeed } from "./feed.ts";

test("the feed is shown no token when its gateway stops before it is greeted", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const gateway = thisGateway(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "2026-11-21T00:00:00.000Z");
  await using home = await makeFolder({ token: "secret", "gateway.json": JSON.stringify(gateway) });
  const client = connect(home.path);
  const said: string[] = [];
  const over = new Promise<void>((resolve) => server.on("connection", (socket) => socket.on("message", (text: Buffer) => {
    said.push(text.toString());
    socket.close();
  }).on("close", () => resolve())));

  await home.remove("gateway.json");
  await expect(openFeed(client, () => {})).rejects.toThrow(expect.objectContaining({ code: "GATEWAY_NOT_RUNNING" }));
  await over;
  expect(said).toEqual([]);
  server.close();
});

test("a gateway that says nothing for a minute is followed no longer", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const gateway = thisGateway(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "2026-11-21T00:00:00.000Z");
  await using home = await makeFolder({ token: "secret", "gateway.json": JSON.stringify(gateway) });
  const clock = new FakeClock();
  const [client, hear] = [connect(home.path, clock), (): void => {}];

  const hello = once(server, "connection").then(([socket]) => once(socket as WebSocket, "message"));
  const silent = expect(openFeed(client, hear, clock)).rejects.toMatchObject({ code: "GATEWAY_TIMEOUT" });
  await hello;
  await clock.advance(60_000);
  await silent;

  server.on("connection", (socket) => socket.on("message", () => socket.send('{"type":"hello"}')));
  await using feed = await openFeed(client, hear, clock);
  await clock.advance(50_000);
  expect(feed.isOpen).toBe(true);
  const told = feed.next();
  await clock.advance(10_000);
  await told;
  expect([feed.isOpen, clock.pending]).toEqual([false, 0]);
  server.close();
});
