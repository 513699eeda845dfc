import { expect, test } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import { markerOf } from "../isolate/marker.ts";
import type { SourceFile } from "../sources.ts";
import { Readers } from "./readers.ts";

test.each([[0, 1_000], [1_500, 4_500], [8_000, 5_000]])("after a start of %i ms a file is slow when it has taken %i ms", async (startMs, slowMs) => {
  await using folder = await makeFolder({ "a.js": "for (;;);" });
  const file: SourceFile = { path: folder.at("a.js"), folder: folder.path, root: "home", kind: "workflow" };
  const clock = new FakeClock();
  await using readers = new Readers({ clock, hostZone: "UTC", env: process.env, marker: markerOf(folder.path), redact: (text) => text });
  let isSlow = false;
  const read = readers.read(file).finally(() => (isSlow = true));
  // No process starts within these few turns of ours.
  await clock.advance(startMs);
  // The deadline of the file, and the wait that is asked about.
  await expect.poll(() => clock.pending).toBe(2);
  await clock.advance(slowMs - 1);
  expect(isSlow).toBe(false);
  await clock.advance(1);
  expect(await read).toMatchObject({ abandon: expect.any(Function) });
});
