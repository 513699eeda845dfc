import { rename } from "node:fs/promises";
import { expect, test } from "vitest";
import { libraryStage, workflow, type LibraryStage } from "../../../test/support/libraryStage.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import { DOUBT_MS } from "./shelf.ts";

/** A workflow whose file does not come to an end as long as the other file is there. */
const held = (id: string, by: string): string => `import { existsSync } from "node:fs";\nwhile (existsSync(${JSON.stringify(by)}));\n${workflow(id)}`;

/** Lets time pass, and the library work, until its files are these. */
async function untilFiles(it: LibraryStage, clock: FakeClock, files: readonly string[]): Promise<void> {
  await expect.poll(async () => (await clock.advance(DOUBT_MS), it.files()), { timeout: 20_000 }).toEqual(files);
}

/** Begins a look, and resolves when it shows. */
async function untilSeen(it: LibraryStage, file: string): Promise<void> {
  void it.library.reload();
  await it.until(() => it.files().includes(file));
}

const moved = (it: LibraryStage, from: string, to: string): Promise<void> => rename(it.folder.at(`home/${from}`), it.folder.at(`home/${to}`));
const problems = (it: LibraryStage): string[] => it.events.filter((event) => event.includes("problems"));

test("a file that left two places and has come to no other yet is no two files with one id", async () => {
  const clock = new FakeClock();
  await using it = await libraryStage({ "home/workflows/0.ts": workflow("a") }, { clock });
  await it.library.start();
  await moved(it, "workflows/0.ts", "workflows/1.ts");
  await untilSeen(it, "home/workflows/1.ts: a");
  await clock.advance(1);
  await moved(it, "workflows/1.ts", "aside.ts");
  await it.save({ "workflows/seen.ts": workflow("seen") });
  await untilSeen(it, "home/workflows/seen.ts: seen");
  expect(it.files()).toEqual(["home/workflows/0.ts: [a]", "home/workflows/1.ts: a", "home/workflows/seen.ts: seen"]);
  await moved(it, "aside.ts", "workflows/2.ts");
  await untilFiles(it, clock, ["home/workflows/2.ts: a", "home/workflows/seen.ts: seen"]);
  // It was live at each of the places where it was seen, and never again at one that it had left.
  expect(it.events).toEqual(["strand.added a", "strand.edited a", "strand.added seen", "strand.edited a"]);
});

test("a file that is seen at two places for a moment is no two files with one id", async () => {
  const clock = new FakeClock();
  await using it = await libraryStage({ "home/workflows/0.ts": workflow("a") }, { clock });
  await it.library.start();
  await it.save({ "workflows/1.ts": workflow("a") });
  await untilSeen(it, "home/workflows/1.ts: [a]");
  await it.folder.remove("home/workflows/0.ts");
  await untilFiles(it, clock, ["home/workflows/1.ts: a"]);
  expect(problems(it)).toEqual([]);
});

test("a workflow is not missed while the file that may have it is read", async () => {
  const clock = new FakeClock();
  await using it = await libraryStage({ "home/hold": "", "home/workflows/parent.ts": workflow("parent").replace("run: () => 1", 'workflow: "child"') }, { clock });
  await it.save({ "workflows/child.ts": held("child", it.folder.at("home/hold")) });
  void it.library.start();
  await untilFiles(it, clock, ["home/workflows/parent.ts: [parent]"]);
  await clock.advance(DOUBT_MS);
  await it.save({ "workflows/seen.ts": workflow("seen") });
  await untilSeen(it, "home/workflows/seen.ts: seen");
  expect(it.files()[0]).toBe("home/workflows/parent.ts: [parent]");
  await it.folder.remove("home/hold");
  await untilFiles(it, clock, ["home/workflows/child.ts: child", "home/workflows/parent.ts: parent", "home/workflows/seen.ts: seen"]);
  expect(problems(it)).toEqual([]);
});

test("a file that takes long to load is not gone when it is renamed, but is when it is deleted", async () => {
  const clock = new FakeClock();
  await using it = await libraryStage({}, { clock });
  const hold = it.folder.at("home/hold");
  await it.save({ "workflows/0.ts": held("a", hold) });
  await it.library.start();
  await it.save({ hold: "" });
  await moved(it, "workflows/0.ts", "workflows/1.ts");
  await it.save({ "workflows/seen.ts": workflow("seen") });
  void it.library.reload();
  await untilFiles(it, clock, ["home/workflows/0.ts: a", "home/workflows/seen.ts: seen"]);
  await clock.advance(DOUBT_MS);
  await it.folder.remove("home/hold");
  await untilFiles(it, clock, ["home/workflows/1.ts: a", "home/workflows/seen.ts: seen"]);
  await it.save({ hold: "", "workflows/1.ts": held("a", hold).replace("Workflow a", "Next") });
  void it.library.reload();
  await clock.advance(DOUBT_MS);
  await it.folder.remove("home/workflows/1.ts");
  await untilFiles(it, clock, ["home/workflows/seen.ts: seen"]);
  expect(it.events).toEqual(["strand.added a", "strand.added seen", "strand.edited a", "strand.removed a"]);
});
