import { closeSync, fstatSync, openSync } from "node:fs";
import { expect, it } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { isKept } from "./terminal.ts";

it("tells a file and the journal, which stay, from what only passes on", async () => {
  await using folder = await makeFolder();
  const file = openSync(folder.at("loom.log"), "w");
  const device = openSync("/dev/null", "w");
  try {
    expect(isKept({}, file)).toBe(true);
    expect(isKept({}, device)).toBe(false);
    const { dev, ino } = fstatSync(device, { bigint: true });
    expect(isKept({ JOURNAL_STREAM: `${dev}:${ino}` }, device)).toBe(true);
    // Of a service whose output somebody has turned elsewhere.
    expect(isKept({ JOURNAL_STREAM: `${dev}:${ino + 1n}` }, device)).toBe(false);
  } finally {
    closeSync(file);
    closeSync(device);
  }
});
