import { quietLog } from "loom-gateway/testing";
import { expect, test } from "vitest";
import { History } from "./history.ts";
import type { Gateway } from "./rpc.ts";

const signal = AbortSignal.any([]);
const entry = (n: number) => ({ status: "ok", runAtMs: 1_000_000 - n });

test("of a page of runs no more is taken than was asked for, and the next one follows it", async () => {
  const asked: object[] = [];
  const call = (_method: string, params: object = {}): Promise<Record<string, unknown>> => {
    asked.push(params);
    return Promise.resolve({ entries: Array.from({ length: 10_000 }, (_, n) => entry(n)), hasMore: asked.length === 1, nextOffset: 4 });
  };
  const gateway = { call } as unknown as Gateway;
  const history = new History({ log: quietLog, open: () => Promise.resolve(gateway), apart: (_signal, use) => use(gateway) });
  const first = await history.runs("a", { cursor: null, signal });
  expect(first.runs).toHaveLength(4);
  const second = await history.runs("a", { cursor: first.next, signal });
  expect(second.runs).toHaveLength(100);
  expect(asked).toEqual([{ id: "a", offset: 0, limit: 4 }, { id: "a", offset: 4, limit: 100 }]);
});
