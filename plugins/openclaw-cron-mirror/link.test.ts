import { SourceProblem } from "loom-gateway";
import { FakeClock } from "loom-gateway/testing";
import { expect, test, vi } from "vitest";
import { Link } from "./link.ts";

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

test("unloading ends the trying", async () => {
  const { link, clock, stop, endpoint } = failing(new SourceProblem("unreachable", "nobody there"));
  await link.open().catch(() => {});
  stop.abort();
  await clock.advance(60_000);
  expect(endpoint).toHaveBeenCalledOnce();
  expect(clock.pending).toBe(0);
});
