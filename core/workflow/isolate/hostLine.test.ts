import { expect, it } from "vitest";
import { readHostLine } from "./hostLine.ts";
import { toLine } from "./lines.ts";
import type { FromHost, FromThread } from "./messages.ts";

const HOSTS: readonly FromHost[] = [
  { is: "threadEnded", thread: 3, why: "blocked", message: "" },
  { is: "stuck", thread: 3, why: "memory", message: "It is large." },
  { is: "swept", call: 7, found: 0 },
  { is: "worn" },
  { is: "pong" },
];
const THREADS: readonly FromThread[] = [
  { is: "began", call: 7 },
  { is: "log", call: 7, level: "info", message: "here", fields: {} },
  { is: "output", call: 7, stream: "stdout", text: "12 \n" },
  { is: "phase", call: 7, name: "load", to: "running" },
  { is: "progress", call: 7, fraction: 0.5 },
  { is: "hands", call: 7, artifact: 1, bytes: 0 },
  { is: "artifact", call: 7, artifact: 1, name: "a", kind: "text", piece: "", last: true },
  { is: "done", call: 7, spawned: false, data: "null" },
  { is: "failed", call: 7, spawned: true, code: "STEP_THREW", message: "no", stack: null },
  { is: "worn", call: 7 },
];
const lineOf = (thread: number, message: unknown): string => toLine(thread, JSON.stringify(message)).slice(0, -1);

it("reads what a host and its threads say", () => {
  for (const message of HOSTS) expect(readHostLine(lineOf(0, message))).toEqual({ thread: null, message });
  for (const message of THREADS) expect(readHostLine(lineOf(12, message))).toEqual({ thread: 12, message });
});

it("takes nothing else for it, nor a line that something was written before", () => {
  const pong = lineOf(0, { is: "pong" });
  for (const line of ["", " ", "hello", `x${pong}`, `0x${pong}`, `-${pong}`, ` ${pong}`, `0${pong}`, `1.5 ${pong}`, "0", "0 ", "0 null", "0 {}", "1 null", "1 []", '1 {"is":"nonsense","call":1}']) {
    expect(() => readHostLine(line), line).toThrow();
  }
  for (const message of HOSTS) expect(() => readHostLine(lineOf(12, message)), message.is).toThrow();
});

it("takes no message that lacks something, has more, or has it of another kind", () => {
  for (const [thread, messages] of [[0, HOSTS], [12, THREADS]] as const) {
    for (const message of messages) {
      for (const [key, value] of Object.entries(message)) {
        const { [key]: _, ...rest } = message as Record<string, unknown>;
        expect(() => readHostLine(lineOf(thread, rest)), `${message.is} without ${key}`).toThrow();
        // Any JSON may be data, and fields of a log.
        if (key !== "data" && key !== "fields") expect(() => readHostLine(lineOf(thread, { ...message, [key]: [value] })), `${message.is}, ${key}`).toThrow();
      }
      expect(() => readHostLine(lineOf(thread, { ...message, more: 1 })), message.is).toThrow();
    }
  }
});
