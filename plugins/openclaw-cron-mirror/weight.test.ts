import { expect, test, vi } from "vitest";
import { HEAVIEST, weigh } from "./weight.ts";

test("many small values weigh much more than they are long, and text does not", () => {
  const values = JSON.stringify({ x: Array.from({ length: 90_000 }, () => ({})) });
  expect(weigh(values)).toBeGreaterThan(20 * values.length);
  const words = JSON.stringify({ x: '{"a":[1,2,3]}, \\"b\\" \\'.repeat(10_000) });
  expect(weigh(words)).toBeLessThan(words.length + 1_000);
});

test("letters take as many bytes as they have", () => {
  expect(weigh(JSON.stringify("漢".repeat(1_000)))).toBe(3_002);
});

test("what is no JSON is weighed as well", () => {
  expect(weigh('{"a')).toBeGreaterThan(3);
  expect(weigh("")).toBe(0);
});

test("ten thousand jobs as OpenClaw lists them are less than the most", () => {
  const job = { id: "7fb2c111-1111-4111-8111-111111111111", name: "a job", enabled: true, createdAtMs: 1, schedule: { kind: "cron", expr: "0 7 * * *", tz: "UTC" }, payload: { kind: "agentTurn", message: "words, ".repeat(80), model: "m" }, delivery: { mode: "announce", channel: "telegram", to: "1" }, state: { nextRunAtMs: 1, lastRunAtMs: 1, lastStatus: "ok", lastDurationMs: 1, consecutiveErrors: 0 } };
  expect(weigh(JSON.stringify({ jobs: Array.from({ length: 10_000 }, () => job) }), 500_000)).toBeLessThan(HEAVIEST);
});

test("what takes too long to parse weighs without end: more values, more different names, deeper than anybody's", () => {
  const named = (count: number, different: number) => `[${Array.from({ length: count }, (_, n) => `{"a \\" name ${n % different}" : 1}`).join()}]`;
  expect(weigh(named(45_000, 20_000))).toBeLessThan(HEAVIEST);
  expect(weigh(named(45_000, 20_001))).toBe(Infinity);
  const values = (count: number) => `[${Array.from({ length: count }, () => "1").join()}]`;
  expect(weigh(values(100_000))).toBeLessThan(HEAVIEST);
  expect(weigh(values(100_001))).toBe(Infinity);
  expect(weigh(values(100_001), 200_000)).toBeLessThan(HEAVIEST);
  const nested = (levels: number) => `${'{"a":['.repeat(levels / 2)}${"]}".repeat(levels / 2)}`;
  expect(weigh(`[${nested(900)},${nested(900)}]`)).toBeLessThan(HEAVIEST);
  expect(weigh(nested(1_002))).toBe(Infinity);
});

test("is weighed in one go through the text, whatever follows a long name", () => {
  const before = process.cpuUsage();
  expect(weigh(`{"${"a".repeat(999)}"${":".repeat(5_000_000)}}`)).toBeLessThan(HEAVIEST);
  // Taking the name anew for each colon took over a minute.
  expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
});

test("is not looked through anew for each of many quotes, and ends where its strings do", () => {
  const quotes = `{"a":"${'\\"'.repeat(1_000)}","b":[1,2]}`;
  const search = vi.spyOn(String.prototype, "indexOf");
  expect(weigh(quotes)).toBe(quotes.length + 4 * 48);
  expect(search.mock.calls.length).toBeLessThan(10);
  search.mockRestore();
  for (const apart of [0, 1, 6, 7, 8, 9, 20]) {
    const odd = JSON.stringify({ "a\\": `"${"[".repeat(apart)}"[`, 'b"': `["${"\\".repeat(apart)}` });
    expect(weigh(odd)).toBe(odd.length + 2 * 48);
  }
});

test("is not looked through any further once it has too many values", () => {
  const search = vi.spyOn(String.prototype, "indexOf");
  expect(weigh(`[${'{"id":"a"},'.repeat(1_000)}{}]`, 100)).toBe(Infinity);
  expect(search.mock.calls.length).toBeLessThan(200);
  search.mockRestore();
});

test("names that are longer than anybody's are not told apart", () => {
  const named = (length: number) => JSON.stringify({ ["a".repeat(length)]: 1 });
  expect(weigh(named(999))).toBeLessThan(HEAVIEST);
  expect(weigh(named(1_001))).toBe(Infinity);
});
