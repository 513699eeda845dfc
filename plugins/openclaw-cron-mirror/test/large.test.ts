/** What a huge output costs Loom's event loop, on a gateway that sends one. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { FakeClock, quietLog } from "loom-gateway/testing";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { systemClock } from "../../../test/support/openclaw.ts";
import { History } from "../history.ts";
import { openGateway } from "../rpc.ts";

const OUTPUT = 16 * 1024 * 1024;

test("an output of 16 MiB is taken whole, and holds nothing up for long", { timeout: 30_000 }, async () => {
  const entry = { status: "ok", runAtMs: 1_000, durationMs: 1, deliveryStatus: "not-requested", summary: "x".repeat(OUTPUT) };
  const answer = Buffer.from(`"ok":true,"payload":${JSON.stringify({ entries: [entry], hasMore: false })}}`);
  const hello = { type: "hello-ok", protocol: 4, server: { version: "2026.9.6" }, auth: { scopes: ["operator.read"] } };
  await using server = withDispose(new WebSocketServer({ port: 0, host: "127.0.0.1" }));
  server.on("connection", (socket) => {
    socket.on("message", (data) => {
      const { id, method } = JSON.parse(String(data)) as { id: string; method: string };
      if (method === "connect") socket.send(JSON.stringify({ type: "res", id, ok: true, payload: hello }));
      else socket.send(Buffer.concat([Buffer.from(`{"type":"res","id":"${id}",`), answer]), { binary: false });
    });
    socket.send(JSON.stringify({ type: "event", event: "connect.challenge", payload: { nonce: "n" } }));
  });
  await once(server, "listening");
  const { signal } = new AbortController();
  const gateway = await openGateway({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, credentials: null, scopes: [], clock: new FakeClock(), signal });
  const history = new History({ log: quietLog, open: () => Promise.resolve(gateway), apart: (_signal, use) => use(gateway) });
  const longestTurn = turns();
  const { runs } = await history.runs("a", { cursor: null, signal });
  const heldMs = await longestTurn();
  gateway.close();
  const [exec] = runs[0]!.steps;
  expect([exec!.output!.length, exec!.outputBytes]).toEqual([OUTPUT, OUTPUT]);
  // The server's part of the work is in it too: 180 ms were seen on a machine that was busy with ten other things.
  expect(heldMs).toBeLessThan(1_000);
});

/** Watches the event loop; the answer gives its longest turn since, in milliseconds. */
function turns(): () => Promise<number> {
  let longest = 0;
  let last = systemClock.mono();
  let over = false;
  const turn = (): void => {
    const now = systemClock.mono();
    longest = Math.max(longest, now - last);
    last = now;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  return async () => {
    await new Promise((resolve) => setImmediate(resolve));
    over = true;
    return longest;
  };
}

function withDispose(server: WebSocketServer): WebSocketServer & AsyncDisposable {
  return Object.assign(server, { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => (server.clients.forEach((client) => client.terminate()), server.close(() => resolve()))) });
}
