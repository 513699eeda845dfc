import { SourceProblem } from "loom-gateway";
import { FakeClock } from "loom-gateway/testing";
import { expect, test, vi } from "vitest";
import { Link } from "./link.ts";
import { ScriptedGateway } from "./test/scriptedGateway.ts";

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };

function failing(problem: SourceProblem) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const endpoint = vi.fn(() => Promise.reject(problem));
  const onChange = vi.fn();
  const link = new Link({ endpoint, scopes: [], clock, log, signal: stop.signal, accept() {}, onEvent() {}, onChange });
  return { link, clock, stop, endpoint, onChange };
}

test("while it pauses, it tells at once why the last attempt failed", async () => {
  const { link, endpoint } = failing(new SourceProblem("unreachable", "nobody there"));
  await expect(link.open()).rejects.toThrow("nobody there");
  await expect(link.open()).rejects.toThrow("nobody there");
  expect(endpoint).toHaveBeenCalledOnce();
});

test("it tries again by itself, ever slower but every three seconds at least, and says the same trouble once", async () => {
  const { link, clock, endpoint, onChange } = failing(new SourceProblem("unreachable", "nobody there"));
  await link.open().catch(() => {});
  await clock.advance(500 + 1_000 + 2_000 + 3_000 + 3_000);
  expect(endpoint).toHaveBeenCalledTimes(6);
  expect(onChange).toHaveBeenCalledOnce();
});

test("a gateway that turned Loom away is left in peace for longer", async () => {
  const { link, clock, endpoint } = failing(new SourceProblem("needs_configuration", "wrong token"));
  await link.open().catch(() => {});
  await clock.advance(60_000);
  expect(endpoint.mock.calls.length).toBeLessThanOrEqual(8);
});

test("a connection that ends as soon as it is open is opened ever slower, until one has held", async () => {
  await using gateway = await new ScriptedGateway().start();
  const clock = new FakeClock();
  const stop = new AbortController();
  let changed = Promise.withResolvers<void>();
  const onChange = (): void => (changed.resolve(), (changed = Promise.withResolvers()), undefined);
  const endpoint = () => Promise.resolve({ url: gateway.url, credentials: null });
  const link = new Link({ endpoint, scopes: [], clock, log, signal: stop.signal, accept() {}, onEvent() {}, onChange });
  const names = Object.fromEntries(Array.from({ length: 20_001 }, (_, n) => [n.toString(36), 1]));
  const breaks = async (): Promise<void> => {
    const { promise } = changed;
    gateway.tell("cron", names);
    await promise;
    await expect(link.open()).rejects.toThrow("more at once");
  };
  await link.open();
  await breaks();
  await clock.advance(500);
  await link.open();
  await breaks();
  await clock.advance(500);
  await expect(link.open()).rejects.toThrow("more at once");
  await clock.advance(500);
  await link.open();
  await clock.advance(30_000);
  await breaks();
  await clock.advance(500);
  await link.open();
  stop.abort();
});

test("unloading ends the trying", async () => {
  const { link, clock, stop, endpoint } = failing(new SourceProblem("unreachable", "nobody there"));
  await link.open().catch(() => {});
  stop.abort();
  await clock.advance(60_000);
  expect(endpoint).toHaveBeenCalledOnce();
  expect(clock.pending).toBe(0);
});
