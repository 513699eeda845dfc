import { expect, it } from "vitest";
import type { Call, Given } from "./contract.ts";
import { Handing, type Receiver } from "./handing.ts";

const MIB = 1_048_576;
const VERSION = { code: "", map: null, entry: "", hash: "v" };

class Handed implements Receiver {
  isOver = false;
  readonly begins = Promise.withResolvers<void>();
  readonly begun = this.begins.promise;
  readonly drains = Promise.withResolvers<void>();
  taken: Given | null = null;
  /** How often it was read whole. */
  reads = 0;
  readonly handed: Promise<void>;

  constructor(handing: Handing, length: number, hash = "v") {
    const given = (most: number): Given | number => (length > most ? length : (this.reads++, { input: `${length}`, results: "{}" }));
    const call: Call = { version: { ...VERSION, hash }, work: { do: "run", workflow: "w", step: "s" }, attempt: 1, given, idempotencyKey: "k", timeoutMs: 1 };
    this.handed = handing.hand(call, this);
  }

  async take(given: Given): Promise<void> {
    this.taken = given;
    await this.drains.promise;
  }

  /** Its host has taken it in, and its code has begun. */
  async begin(): Promise<void> {
    this.drains.resolve();
    this.begins.resolve();
    await this.handed;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const read = (all: readonly Handed[]): number => all.filter(({ reads }) => reads > 0).length;

it("reads the next of a version that is long once the code of the last has begun, and those of others beside it", async () => {
  const handing = new Handing();
  const own = [1, 2, 3].map(() => new Handed(handing, 2 * MIB));
  const other = new Handed(handing, 2 * MIB, "other");
  const short = new Handed(handing, 100);
  await turn();
  expect([read(own), other.reads, short.reads]).toEqual([1, 1, 1]);
  own[0]!.drains.resolve();
  await turn();
  expect(read(own)).toBe(1);
  await own[0]!.begin();
  await turn();
  expect(own.map(({ reads }) => reads)).toEqual([1, 1, 0]);
});

it("reads no more than 16 MiB of all versions before their hosts have taken it in", async () => {
  const handing = new Handing();
  const all = Array.from({ length: 5 }, (_, n) => new Handed(handing, 5 * MIB, `v${n}`));
  await turn();
  expect(read(all)).toBe(3);
  all[0]!.drains.resolve();
  await turn();
  expect(read(all)).toBe(4);
  const short = Array.from({ length: 2_000 }, (_, n) => new Handed(handing, 100, `s${n}`));
  for (const one of all) void one.begin();
  await turn();
  expect([read(all), read(short)]).toEqual([5, 1_024]);
  await Promise.all(short.map((one) => one.begin()));
  expect(read(short)).toBe(2_000);
});

it("reads nothing for a call that was over before its turn came", async () => {
  const handing = new Handing();
  const [first, gone, last] = [1, 2, 3].map(() => new Handed(handing, 10 * MIB));
  await turn();
  gone!.isOver = true;
  gone!.begins.resolve();
  await first!.begin();
  await gone!.handed;
  await turn();
  expect([gone!.reads, last!.reads]).toEqual([0, 1]);
});

it("goes on with the next where one could not be read", async () => {
  const handing = new Handing();
  const receiver = { isOver: false, begun: Promise.resolve(), take: async () => {} };
  const broken: Call = { version: VERSION, work: { do: "run", workflow: "w", step: "s" }, attempt: 1, given: (most) => (most < MIB ? MIB : Promise.reject(new Error("torn"))), idempotencyKey: "k", timeoutMs: 1 };
  await expect(handing.hand(broken, receiver)).rejects.toThrow("torn");
  const next = new Handed(handing, 16 * MIB);
  await next.begin();
  expect(next.taken).toEqual({ input: `${16 * MIB}`, results: "{}" });
});
