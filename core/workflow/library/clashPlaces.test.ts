import { expect, test, vi } from "vitest";
import { makeFolder, type Folder } from "../../../test/support/folder.ts";
import { workflow } from "../../../test/support/libraryStage.ts";
import type { Definition } from "../reading.ts";
import * as sources from "../sources.ts";
import type { Clash } from "../together.ts";
import { ClashPlaces } from "./clashPlaces.ts";
import { unread, type Entry } from "./entry.ts";

vi.mock("../sources.ts", { spy: true });

const files = ["a.ts", "b.ts", "c.ts"];

/** Entries of these files, each as it stood then, and a mistake in each. */
function clashing(folder: Folder, stamp: string, message = "Another has this id."): { entries: Entry[]; clashes: Clash[] } {
  const definition: Definition = { kind: "workflow", nth: 0, id: "x", name: "X", steps: 1, runs: [], operates: [], executes: [], problems: [], facts: null };
  const entries = files.map((name): Entry => ({ ...unread({ path: folder.at(name), folder: folder.path, root: "home", kind: "workflow" }, null), inputs: { [folder.at(name)]: stamp } }));
  return { entries, clashes: entries.map(({ file }) => ({ file, definition, problem: { path: "id", message } })) };
}

test("files that do not go with the others are read again only when they or their mistakes have changed, one after the other", async () => {
  await using folder = await makeFolder(Object.fromEntries(files.map((name) => [name, workflow("x")])));
  let [atOnce, most] = [0, 0];
  const read = vi.mocked(sources.readSource);
  const { readSource: real } = await vi.importActual<typeof sources>("../sources.ts");
  read.mockImplementation(async (file) => {
    most = Math.max(most, ++atOnce);
    return real(file).finally(() => atOnce--);
  });
  const places = new ClashPlaces();
  const look = async (...how: [stamp: string, message?: string]): Promise<number> => {
    read.mockClear();
    const { entries, clashes } = clashing(folder, ...how);
    const found = await places.problemsOf(entries, clashes, new AbortController().signal);
    expect(files.map((name) => found.get(folder.at(name))!.problems)).toEqual(files.map((name) => [{ path: `${name}:3:3`, message: how[1] ?? "Another has this id." }]));
    return read.mock.calls.length;
  };
  expect([await look("1"), await look("1"), await look("2"), await look("2", "Yet another has it."), most]).toEqual([3, 0, 3, 3, 1]);
});

test("a stop is not held up by files that are still to be read", async () => {
  await using folder = await makeFolder({});
  const { entries, clashes } = clashing(folder, "1");
  await expect(new ClashPlaces().problemsOf(entries, clashes, AbortSignal.abort(new Error("Loom stops")))).rejects.toThrow("Loom stops");
});
