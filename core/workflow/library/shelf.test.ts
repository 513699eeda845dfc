import { expect, test } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { workflow } from "../../../test/support/libraryStage.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import { markerOf } from "../isolate/marker.ts";
import { scanRoots, type Scan } from "./scan.ts";
import { DOUBT_MS, Shelf, type ShelfOptions } from "./shelf.ts";

async function makeShelf(files: Readonly<Record<string, string>>, options: Pick<ShelfOptions, "mostBytes"> = {}) {
  const folder = await makeFolder(files);
  const clock = new FakeClock();
  const shelf = new Shelf({ clock, reader: { clock, hostZone: "UTC", env: process.env, marker: markerOf(folder.path), redact: (text) => text }, heldOf: () => null, later: async (act) => act(), ...options });
  const path = folder.at("home/workflows/a.ts");
  const scan = (): Promise<Scan> => scanRoots({ home: folder.at("home"), shipped: folder.at("shipped") }, clock);
  return {
    folder, clock, shelf, path, scan,
    look: async () => shelf.takeIn(await scan()),
    /** Name of the workflow that the file holds, or what is wrong with it. */
    shown: () => {
      const entry = shelf.entries.get(path);
      return entry?.problems[0]?.message ?? entry?.latest?.definitions[0]?.name;
    },
    async [Symbol.asyncDispose]() {
      await shelf[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const file = (text: string): Record<string, string> => ({ "home/workflows/a.ts": text });

test("nobody sees a file that was read while it was being written", async () => {
  await using it = await makeShelf(file(workflow("a")));
  await it.look();
  for (const half of ["", "import { define", workflow("a").slice(0, 90)]) {
    await it.folder.write(file(half));
    await it.look();
    expect([it.shelf.isInDoubt, it.shown()]).toEqual([true, "Workflow a"]);
    await it.folder.write(file(workflow("a", "enabled: true,")));
    await it.clock.advance(DOUBT_MS);
    await it.look();
    expect([it.shelf.isInDoubt, it.shown()]).toEqual([false, "Workflow a"]);
  }
});

test("a file that stays broken is told after a while", async () => {
  await using it = await makeShelf(file(workflow("a")));
  await it.look();
  await it.folder.write(file("export const = 1;"));
  await it.look();
  await it.look();
  expect(it.shown()).toBe("Workflow a");
  await it.clock.advance(DOUBT_MS);
  await it.look();
  expect([it.shelf.isInDoubt, it.shown()]).toEqual([false, 'Expected identifier but found "="']);
});

test("a file that was mended after it was looked at is not told, however long that look took", async () => {
  await using it = await makeShelf(file("export const = 1;"));
  await it.look();
  const scan = await it.scan();
  await it.folder.write(file(workflow("a")));
  await it.clock.advance(DOUBT_MS);
  await it.shelf.takeIn(scan);
  expect([it.shelf.isInDoubt, it.shown()]).toEqual([true, undefined]);
  await it.look();
  expect([it.shelf.isInDoubt, it.shown()]).toEqual([false, "Workflow a"]);
});

test("a file is gone when it is still missing after a while", async () => {
  await using it = await makeShelf(file(workflow("a")));
  await it.look();
  await it.folder.remove("home/workflows/a.ts");
  await it.look();
  expect([it.shelf.leftAt(it.path), it.shown()]).toEqual([it.clock.mono(), "Workflow a"]);
  await it.folder.write(file(workflow("a")));
  await it.look();
  expect(it.shelf.leftAt(it.path)).toBe(null);
  await it.folder.remove("home/workflows/a.ts");
  await it.look();
  await it.clock.advance(DOUBT_MS);
  await it.look();
  expect([it.shelf.isInDoubt, it.shelf.isGone(it.path), it.shown()]).toEqual([false, true, undefined]);
});

test("nothing is gone while it is not clear what comes", async () => {
  await using it = await makeShelf(file(workflow("a")));
  await it.look();
  await it.folder.remove("home/workflows/a.ts");
  await it.look();
  await it.folder.write({ "home/workflows/b.ts": "" });
  await it.look();
  await it.clock.advance(DOUBT_MS);
  await it.look();
  expect(it.shown()).toBe("Workflow a");
  await it.look();
  expect(it.shown()).toBe(undefined);
});

test("of what all files hold together so much is known and no more, and a file is taken in as soon as there is room", async () => {
  await using it = await makeShelf({ "home/workflows/a.ts": workflow("a"), "home/workflows/b.ts": workflow("b") }, { mostBytes: 1_000 });
  const told = (): string[] => [...it.shelf.entries.values()].map(({ problems, latest }) => problems[0]?.message ?? latest!.definitions[0]!.id);
  const lookTwice = async (): Promise<void> => {
    await it.look();
    await it.clock.advance(DOUBT_MS);
    await it.look();
  };
  await lookTwice();
  expect(told()).toEqual(["a", "With it the workflows and operations of all files have more than 1000 bytes of JSON."]);
  await it.folder.remove("home/workflows/a.ts");
  await lookTwice();
  await lookTwice();
  expect(told()).toEqual(["b"]);
});
