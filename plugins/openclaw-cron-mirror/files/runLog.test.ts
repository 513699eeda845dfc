import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRunLog, runLogPath } from "./runLog.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "loom-log-"));
  path = join(folder, "job.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const line = (n: number, more: object = {}): string => `${JSON.stringify({ n, ...more })}\n`;
const lines = (from: number, to: number, more: object = {}): string => Array.from({ length: to - from }, (_, at) => line(from + at, more)).join("");
const numbers = (entries: readonly unknown[]): number[] => entries.map((entry) => (entry as { n: number }).n);

/** All pages, newest first. */
async function all(between: (page: number) => void = () => {}): Promise<number[]> {
  const seen: number[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 1_000; page++) {
    const { entries, next } = await readRunLog(path, cursor, null);
    seen.push(...numbers(entries));
    if (next === null) return seen;
    between(page);
    cursor = next;
  }
  throw new Error("no end");
}

test("a log is read from its newest line to its oldest, page by page", async () => {
  writeFileSync(path, lines(0, 250));
  expect(numbers((await readRunLog(path, null, null)).entries)).toHaveLength(100);
  expect(await all()).toEqual(Array.from({ length: 250 }, (_, at) => 249 - at));
});

test("lines of every length around a piece's are whole", async () => {
  for (const length of [65_520, 65_535, 65_536, 65_537, 131_072, 700_000]) {
    writeFileSync(path, line(1) + line(2, { output: "ä".repeat(length / 2) }) + line(3, { output: "x".repeat(length) }));
    expect(await all()).toEqual([3, 2, 1]);
  }
});

test("where there is no log, or an empty one, there are no runs", async () => {
  expect(await readRunLog(path, null, null)).toEqual({ entries: [], next: null });
  writeFileSync(path, "");
  expect(await readRunLog(path, null, null)).toEqual({ entries: [], next: null });
});

test("a last line that is just being written is left out, and is there when it is whole", async () => {
  writeFileSync(path, `${line(1)}{"n":2,"out`);
  expect(await all()).toEqual([1]);
  appendFileSync(path, `put":"x"}\n`);
  expect(await all()).toEqual([2, 1]);
});

test("lines that are no JSON are left out", async () => {
  writeFileSync(path, `${line(1)}\n\n}{\n\0\0\0\n${line(2)}`);
  expect(await all()).toEqual([2, 1]);
});

test("a line that is too long is passed over", async () => {
  writeFileSync(path, line(1) + line(2, { output: "x".repeat(33 * 1024 * 1024) }) + line(3));
  expect(await all()).toEqual([3, 1]);
});

test("of a log that seems endless, by a hole, its end is read", async () => {
  writeFileSync(path, line(1));
  truncateSync(path, 2 ** 40);
  appendFileSync(path, `\n${line(2)}${line(3)}`);
  expect(await all()).toEqual([3, 2]);
});

test("of a long log the last 64 MiB are read, and no line that begins before", async () => {
  const long = (n: number): string => line(n, { output: "x".repeat(20 * 1024 * 1024) });
  writeFileSync(path, [1, 2, 3, 4, 5].map(long).join(""));
  expect(await all()).toEqual([5, 4, 3]);
});

test("reading ends when nobody waits for it any more", async () => {
  writeFileSync(path, line(1, { output: "x".repeat(1024 * 1024) }));
  await expect(readRunLog(path, null, null, AbortSignal.abort(new Error("given up")))).rejects.toThrow("given up");
});

test("lines that are appended between two pages change nothing of the older ones", async () => {
  writeFileSync(path, lines(0, 250));
  expect(await all(() => appendFileSync(path, line(999)))).toEqual(Array.from({ length: 250 }, (_, at) => 249 - at));
});

test("a log that is cut to its newest lines between two pages is read again from its end", async () => {
  writeFileSync(path, lines(0, 250));
  const seen = await all((page) => {
    if (page > 0) return;
    writeFileSync(`${path}.new`, lines(200, 260));
    renameSync(`${path}.new`, path);
  });
  expect(new Set(seen)).toEqual(new Set(Array.from({ length: 110 }, (_, at) => 150 + at)));
});

test("a log that is emptied between two pages ends", async () => {
  writeFileSync(path, lines(0, 250));
  expect(await all(() => writeFileSync(path, ""))).toHaveLength(100);
});

test("a pipe or a folder in its place is not waited for", async () => {
  execFileSync("mkfifo", [path]);
  await expect(readRunLog(path, null, null)).rejects.toThrow("not a regular file");
  mkdirSync(join(folder, "other.jsonl"));
  await expect(readRunLog(join(folder, "other.jsonl"), null, null)).rejects.toThrow("not a regular file");
});

test("a log that is not the folder's owner's is not read", async () => {
  writeFileSync(path, line(1));
  await expect(readRunLog(path, null, process.getuid!() + 1)).rejects.toThrow(`a file of user ${process.getuid!()}`);
});

test.each([["../secret"], ["a/b"], ["a\\b"], [".."], ["."], ["a\0"]])("%j leads nowhere", (id) => {
  expect(runLogPath("/runs", id)).toBeNull();
});

test("a line of values without end is passed over", async () => {
  writeFileSync(path, `${line(1)}{"n":2,"usage":[${"{},".repeat(1_000_000)}{}]}\n${line(3)}`);
  expect(await all()).toEqual([3, 1]);
});
