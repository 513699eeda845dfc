import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../core/testing/index.ts";
// @ts-ignore the page's modules are plain JavaScript
import { createFeed } from "./feed.js";

interface Line {
  sent: any[];
  onopen: () => void;
  onmessage: (message: { data: string }) => void;
  onclose: (event: { code: number }) => void;
  send(text: string): void;
  close(): void;
  closed: boolean;
}

let clock: FakeClock;
let lines: Line[];
let states: any[];
let taken: number[];
let reads: ((seq: number, feed?: string) => void)[];
let shown: number[];
let failReading: boolean;
let signedOut: boolean;
let news: any[];
let stored: any;
let feed: { start(): void; retryNow(): void; watch(runId: string | null): void; stop(): void };

const say = (message: object, line = lines.at(-1)!): void => line.onmessage({ data: JSON.stringify(message) });
const event = (seq: number): object => ({ type: "event", event: { seq, type: "strand.changed" } });
const settle = async (): Promise<void> => {
  for (let at = 0; at < 8; at++) await Promise.resolve();
};

beforeEach(() => {
  clock = new FakeClock();
  lines = [];
  states = [];
  taken = [];
  reads = [];
  shown = [];
  failReading = false;
  signedOut = false;
  news = [];
  feed = createFeed({
    open: () => {
      const line: Line = { sent: [], closed: false, onopen() {}, onmessage() {}, onclose() {}, send: (text) => line.sent.push(JSON.parse(text)), close: () => (line.closed = true) };
      lines.push(line);
      return line;
    },
    key: () => "half a session",
    later: (ms: number, fn: () => void) => {
      const timer = clock.timer(ms, fn);
      return () => timer.cancel();
    },
    now: () => clock.now(),
    random: () => 0.5,
    readLists: () => (failReading ? Promise.reject(new Error("no")) : new Promise((resolve) => reads.push((seq, feed = "a") => resolve({ asOf: { feed, seq } })))),
    takeLists: ({ asOf }: any) => shown.push(asOf.seq),
    onEvent: (message: any) => taken.push(message.event.seq),
    onNews: (one: any) => news.push(one),
    onStore: (store: any) => (stored = store),
    onWatching: (runId: string) => news.push({ begins: runId }),
    onState: (state: any) => states.push(state),
    onSignedOut: () => (signedOut = true),
  });
  feed.start();
});

async function getLive(last = 10): Promise<void> {
  reads.at(-1)!(last);
  await settle();
  lines[0]!.onopen();
  say({ type: "hello", feed: "a", last });
}

describe("at first", () => {
  it("reads the lists, then says hello with the key and the event that they are as new as", async () => {
    expect(lines).toEqual([]);
    expect(states.at(-1)).toEqual({ kind: "connecting" });
    await getLive();
    expect(lines[0]!.sent).toEqual([{ type: "hello", key: "half a session", feed: "a", after: 10 }]);
    expect(states.at(-1)).toEqual({ kind: "live" });
    say(event(11));
    expect(taken).toEqual([11]);
  });
  it("begins again when the lists cannot be had", async () => {
    feed.stop();
    failReading = true;
    feed.start();
    await settle();
    expect(states.at(-1)).toMatchObject({ kind: "offline" });
    failReading = false;
    await clock.advance(1000);
    reads.at(-1)!(10);
    await settle();
    expect(lines).toHaveLength(1);
  });
  it("does not wait for lists that never come, and takes none that come too late", async () => {
    await clock.advance(46_000);
    expect(reads).toHaveLength(2);
    reads[0]!(10);
    await settle();
    expect(lines).toEqual([]);
    expect(shown).toEqual([]);
    reads[1]!(12);
    await settle();
    expect(shown).toEqual([12]);
  });
});

describe("once live", () => {
  beforeEach(() => getLive());

  it("takes each event once", () => {
    say(event(11));
    say(event(11));
    say(event(12));
    expect(taken).toEqual([11, 12]);
  });
  it("answers a ping", () => {
    say({ type: "ping", at: "2026-01-01T00:00:00Z" });
    expect(lines[0]!.sent.at(-1)).toEqual({ type: "pong" });
  });
  it("does not stumble over nonsense", () => {
    lines[0]!.onmessage({ data: "no json" });
    say({ type: "something new" });
    expect(states.at(-1)).toEqual({ kind: "live" });
  });
  it("goes on by number after the line broke", async () => {
    say(event(11));
    lines[0]!.onclose({ code: 1006 });
    expect(states.at(-1)).toMatchObject({ kind: "offline", since: clock.now() });
    await clock.advance(500);
    lines[1]!.onopen();
    expect(lines[1]!.sent).toEqual([{ type: "hello", key: "half a session", feed: "a", after: 11 }]);
    say({ type: "hello", feed: "a", last: 13 });
    say(event(12));
    expect(taken).toEqual([11, 12]);
    expect(reads).toHaveLength(1);
    expect(states.at(-1)).toEqual({ kind: "live" });
  });
  it("fetches the lists anew when it is told to", async () => {
    lines[0]!.onclose({ code: 1006 });
    await clock.advance(500);
    lines[1]!.onopen();
    say({ type: "hello", feed: "b", last: 3 });
    say({ type: "resync", last: 3 });
    say(event(3));
    say(event(4));
    expect(taken).toEqual([]);
    reads.at(-1)!(3, "b");
    await settle();
    expect(reads).toHaveLength(2);
    expect(taken).toEqual([4]);
    expect(states.at(-1)).toEqual({ kind: "live" });
  });
  it("waits longer from time to time, and keeps the moment it went off", async () => {
    const since = clock.now();
    const waits: number[] = [];
    for (let turn = 0; turn < 8; turn++) {
      lines.at(-1)!.onclose({ code: 1006 });
      const { retryAt, since: told } = states.at(-1);
      expect(told).toBe(since);
      waits.push(retryAt - clock.now());
      await clock.advance(retryAt - clock.now());
    }
    expect(waits.slice(0, 3)).toEqual([500, 1000, 2000]);
    expect(Math.max(...waits)).toBe(15_000);
  });
  it("tries at once when it is asked to", () => {
    lines[0]!.onclose({ code: 1006 });
    feed.retryNow();
    expect(lines).toHaveLength(2);
    feed.retryNow();
    expect(lines).toHaveLength(2);
  });
  it("takes a line that says nothing for dead", async () => {
    await clock.advance(46_000);
    expect(lines[0]!.closed).toBe(true);
    expect(lines.length).toBeGreaterThan(1);
  });
  it("stops when its credential is refused", async () => {
    lines[0]!.onclose({ code: 4401 });
    await clock.advance(60_000);
    expect(signedOut).toBe(true);
    expect(lines).toHaveLength(1);
  });
  it("leaves no timer behind", () => {
    feed.stop();
    expect(clock.pending).toBe(0);
  });
});

it("tells whether what happens can be stored, until a new line says hello and nothing more", async () => {
  const full = { ok: false, trouble: { code: "STORE_UNAVAILABLE", message: "The disk is full.", help: "Make room.", since: "2026-11-21T09:00:00Z" } };
  reads[0]!(5);
  await settle();
  lines[0]!.onopen();
  say({ type: "hello", feed: "a", last: 5 });
  expect(stored).toEqual({ ok: true, trouble: null });
  say({ type: "store", store: full });
  expect(stored).toEqual(full);
  lines[0]!.onclose({ code: 1006 });
  await clock.advance(1000);
  lines[1]!.onopen();
  say({ type: "hello", feed: "a", last: 5 });
  expect(stored).toEqual({ ok: true, trouble: null });
});

it("watches a run over each line that it makes, and tells its news", async () => {
  feed.watch("r1");
  reads[0]!(5);
  await settle();
  lines[0]!.onopen();
  say({ type: "hello", feed: "a", last: 5 });
  expect(lines[0]!.sent.at(-1)).toEqual({ watch: "r1" });
  say({ type: "watching", runId: "r1" });
  say({ type: "news", news: { is: "output", runId: "r1" } });
  expect(news).toEqual([{ begins: "r1" }, { is: "output", runId: "r1" }]);
  feed.watch("r2");
  expect(lines[0]!.sent.at(-1)).toEqual({ watch: "r2" });
  lines[0]!.onclose({ code: 1006 });
  await clock.advance(1000);
  lines[1]!.onopen();
  expect(lines[1]!.sent.at(-1)).not.toHaveProperty("watch");
  say({ type: "hello", feed: "a", last: 5 });
  expect(lines[1]!.sent.at(-1)).toEqual({ watch: "r2" });
});
