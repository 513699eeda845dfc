import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import { createLog, type LogOptions } from "./createLog.ts";
import type { Log } from "./log.ts";
import { createRedactor } from "./redact.ts";

const START = "2026-11-21T02:00:00.000Z";

function open(options: Partial<LogOptions> = {}, isTTY = false) {
  const written: string[] = [];
  const clock = new FakeClock(Date.parse(START));
  const redactor = createRedactor();
  const log: Log = createLog({ level: "debug", format: "json", clock, redactor, destination: { isTTY, write: (text) => written.push(text) }, ...options });
  const records = (): Record<string, unknown>[] => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, written, records, clock, redactor };
}

test("a record has level, time by the clock, message and fields", async () => {
  const { log, records, clock } = open();
  log.info("started", { port: 7373 });
  await clock.advance(1500);
  log.warn("slow");
  expect(records()).toEqual([
    { level: "info", time: START, msg: "started", port: 7373 },
    { level: "warn", time: "2026-11-21T02:00:01.500Z", msg: "slow" },
  ]);
});

test("records below the level are not written", () => {
  const { log, records } = open({ level: "warn" });
  for (const level of ["debug", "info", "warn", "error"] as const) log[level](level);
  expect(records().map((record) => record.msg)).toEqual(["warn", "error"]);
});

test("a child adds its fields to each record, and its own children's to theirs", () => {
  const { log, records } = open();
  log.child({ plugin: "a" }).child({ source: "b" }).info("x", { source: "c" });
  expect(records()[0]).toMatchObject({ plugin: "a", source: "c" });
});

test("an error is told with code, stack and cause", () => {
  const { log, records } = open();
  log.error("failed", { error: Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "EPIPE" }) });
  expect(records()[0]!.error).toMatchObject({ message: "outer", code: "EPIPE", stack: expect.any(String), cause: { message: "inner" } });
});

test("a secret learned after a child was made is hidden in its fields too", () => {
  const { log, written, redactor } = open();
  const child = log.child({ url: "ws://host/open-sesame" });
  redactor.learn("open-sesame");
  child.info("with open-sesame", { password: "x", note: "open-sesame" });
  expect(written.join()).not.toContain("open-sesame");
});

test("fields never overwrite what a record has for itself", () => {
  const { log, records } = open();
  log.info("x", { level: 1, time: 2, msg: 3 });
  expect(records()[0]).toEqual({ level: "info", time: START, msg: "x", level_: 1, time_: 2, msg_: 3 });
});

test("percent signs in a message are no format", () => {
  const { log, records } = open();
  log.info("100 %s of %d %j", { a: 1 });
  expect(records()[0]!.msg).toBe("100 %s of %d %j");
});

describe("whatever is logged", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("a\nb", "\u001b[31mred", "\r\n{\"level\":\"error\"}", "\u009b2J", "\u2028", "\u202egpj.exe", "\u007f"));

  test("json stays one parsable line without control characters, and gives the message back", () => {
    fc.assert(
      fc.property(text, text, (message, field) => {
        const { log, written, records } = open();
        log.info(message, { field });
        expect(written).toHaveLength(1);
        expect(written[0]).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*\n$/);
        if (message.isWellFormed() && !message.includes("://")) expect(records()[0]!.msg).toBe(message);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test("pretty stays one line without control characters", () => {
    fc.assert(
      fc.property(text, text, (message, field) => {
        const { log, written } = open({ format: "pretty" });
        log.info(message, { field, error: new Error(message) });
        expect(written).toHaveLength(1);
        expect(written[0]).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*\n$/);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

test("auto is pretty on a terminal and json elsewhere", () => {
  const terminal = open({ format: "auto" }, true);
  terminal.log.info("hello", { port: 1 });
  expect(terminal.written[0]).toMatch(/INFO.*hello.*port/);
  const pipe = open({ format: "auto" }, false);
  pipe.log.info("hello");
  expect(pipe.records()[0]).toMatchObject({ msg: "hello" });
});
