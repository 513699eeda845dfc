import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { eventually } from "../../test/support/eventually.ts";
import { makeFolder, type Folder } from "../../test/support/folder.ts";
import { usedHeap } from "../../test/support/heap.ts";
import { RunHome } from "../../test/support/runHome.ts";
import { FakeClock } from "../testing/fakeClock.ts";

const SCHEMA = '"~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) }';

/** A step that writes that it has begun, and waits until the file `go` is there. */
function holding(id: string, folder: Folder, more = ""): string {
  const wait = `const fs = process.getBuiltinModule("node:fs"); fs.appendFileSync(${JSON.stringify(folder.at("ledger"))}, "${id}\\n"); while (!fs.existsSync(${JSON.stringify(folder.at("go"))})) await new Promise((resolve) => setTimeout(resolve, 5));`;
  return `{ id: "${id}", name: "W", steps: [{ id: "one", label: "ONE", ${more} run: async () => { ${wait} } }] }`;
}

function there(file: string): Promise<boolean> {
  return eventually(async () => existsSync(file), (is) => is);
}

/** Workflows of their own versions, each with a run whose step is at work; answers their ids. */
async function busy(home: RunHome, folder: Folder, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    await home.weave(holding(`busy-${index}`, folder));
    ids.push(await home.begin(`busy-${index}`));
    await home.heard("step.started", ids.at(-1)!);
  }
  return ids;
}

it("answers a start with an input at once while more workflows than there are threads are busy, and says what its step waits for", async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open({ limits: { hosts: 2, threadsPerHost: 8 } });
  const ids = await busy(home, folder, 16);
  await home.weave(holding("waits", folder));
  const waits = await home.begin("waits");
  await home.weave(`{ id: "asked", name: "A", input: { ${SCHEMA} }, concurrency: { key: (input) => input.to }, steps: [{ id: "one", label: "ONE", when: ({ input }) => input.to === "ann", run: ({ input }) => input.to }] }`);
  const asked = await home.begin("asked", { input: { to: "ann" } });
  await home.heard("step.held", asked, "one");
  const one = (await home.store.driven.get(asked))!.state.steps.get("one")!;
  expect(one).toMatchObject({ status: "dispatched", inLine: true, hold: { reason: "All 16 threads for workflow code are at work." } });
  expect((await home.store.driven.get(waits))!.state.steps.get("one")).toMatchObject({ status: "dispatched", inLine: true });
  await folder.write({ go: "" });
  expect((await Promise.all([...ids, waits, asked].map((id) => home.ended(id)))).every(({ status }) => status === "succeeded")).toBe(true);
  expect((await home.store.driven.get(asked))!.state.steps.get("one")!.hold).toBeNull();
});

it("after a crash a step that was in line goes on, also one that may not be done twice, and one that had begun does not", async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open({ limits: { hosts: 1, threadsPerHost: 1 } });
  await home.weave(holding("first", folder, 'afterCrash: "fail",'));
  await home.weave(holding("second", folder, 'afterCrash: "fail",'));
  const first = await home.begin("first");
  await home.heard("step.started", first);
  const second = await home.begin("second");
  await home.heard("step.dispatched", second);
  await home.crash();
  await folder.write({ go: "" });
  expect((await home.ended(first)).rows).toEqual(["one failed_crash interrupted"]);
  expect((await home.ended(second)).rows).toEqual(["one completed"]);
  expect((await readFile(folder.at("ledger"), "utf8")).trim().split("\n")).toEqual(["first", "second"]);
  expect(home.told(second).filter((event) => event.endsWith("one")).slice(0, 3)).toEqual(["step.dispatched one", "step.retrying one", "step.dispatched one"]);
});

it("a step that waited longer in line than it may take is not late", async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open({ limits: { hosts: 1, threadsPerHost: 1 } });
  const [first] = await busy(home, folder, 1);
  await home.weave('{ id: "short", name: "S", steps: [{ id: "one", label: "ONE", timeoutMs: 500, run: () => { throw new Error("no luck"); } }] }');
  const id = await home.begin("short");
  await home.heard("step.held", id, "one");
  // That is told after a second in line.
  await folder.write({ go: "" });
  await home.ended(first!);
  expect(await home.ended(id)).toMatchObject({ status: "failed", code: "STEP_THREW" });
});

it("cancels a run whose step is in line at once", async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open({ limits: { hosts: 1, threadsPerHost: 1 } });
  await busy(home, folder, 1);
  await home.weave(holding("second", folder));
  const id = await home.begin("second");
  await home.heard("step.held", id, "one");
  await home.runs.cancel(id, "ann");
  expect(await home.ended(id)).toMatchObject({ status: "cancelled", rows: ["one failed cancelled"] });
  await folder.write({ go: "" });
  expect((await readFile(folder.at("ledger"), "utf8")).trim()).toBe("busy-0");
});

it("refuses a start by hand that cannot be looked at soon, and says that it may be tried again", async () => {
  await using folder = await makeFolder();
  const clock = new FakeClock();
  await using home = await RunHome.open({ clock, limits: { hosts: 1, threadsPerHost: 1, shortThreads: 1 } });
  const never = `"~standard": { version: 1, vendor: "test", validate: (value) => { if (value !== "never") return { value }; process.getBuiltinModule("node:fs").writeFileSync(${JSON.stringify(folder.at("asked"))}, ""); return new Promise(() => {}); } }`;
  await home.weave(holding("busy", folder));
  await home.begin("busy");
  await there(folder.at("ledger"));
  await home.weave(`{ id: "never", name: "N", input: { ${never} }, steps: [{ id: "one", label: "ONE", run: () => 1 }] }`);
  const hangs = home.begin("never", { input: "never" }).catch(() => {});
  await there(folder.at("asked"));
  await home.weave(`{ id: "asked", name: "A", input: { ${SCHEMA} }, steps: [{ id: "one", label: "ONE", run: () => 1 }] }`);
  const timers = clock.pending;
  const refused = expect(home.begin("asked", { input: 1 })).rejects.toMatchObject({ code: "WORKFLOWS_BUSY", retryAfterMs: 5_000 });
  await eventually(async () => clock.pending, (pending) => pending > timers);
  await clock.advance(5_000);
  await refused;
  await home.runs.stop();
  await hangs;
});

it("keeps nothing in memory of what a queue of runs was started with, after a crash neither, and their steps are given it", async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open();
  const wait = `const fs = process.getBuiltinModule("node:fs"); while (!fs.existsSync(${JSON.stringify(folder.at("go"))})) await new Promise((resolve) => setTimeout(resolve, 5));`;
  await home.weave(`{ id: "w", name: "W", overlap: "queue", steps: [
    { id: "look", label: "LOOK", when: ({ input }) => input.length === 20000, run: async ({ input }) => { ${wait} return input.length; } },
  ] }`);
  const before = usedHeap();
  const ids: string[] = [];
  // Some 2 MB each, once it is parsed.
  for (let n = 0; n < 20; n++) ids.push(await home.begin("w", { input: Array.from({ length: 20_000 }, () => ({})) }));
  expect(usedHeap() - before).toBeLessThan(8_000_000);
  await home.crash();
  expect(usedHeap() - before).toBeLessThan(8_000_000);
  await folder.write({ go: "" });
  for (const id of ids.slice(1)) expect((await home.ended(id)).results).toEqual({ look: 20_000 });
});
