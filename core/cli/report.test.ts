import { expect, test } from "vitest";
import { reportError } from "./report.ts";

function told(error: unknown): string[] {
  const lines: string[] = [];
  reportError(error, { out: () => {}, err: (line) => void lines.push(line), columns: Infinity, paint: (_, text) => text });
  return lines;
}

test("a disk that is full or cannot be written is no fault of Loom's, and it says what to look at", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  expect(told(full)).toEqual(["error STORE_UNAVAILABLE: ENOSPC: no space left on device, write", expect.stringContaining("See that the disk of LOOM_HOME has room")]);
});

test("anything else is a fault, in one line", () => {
  expect(told(new Error("no\nsuch luck"))).toEqual(["error INTERNAL: no\\nsuch luck"]);
});
