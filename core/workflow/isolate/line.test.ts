import fc from "fast-check";
import { expect, it } from "vitest";
import { IsolateStage, scriptOf, versionOf, type Outcome } from "../../../test/support/isolateStage.ts";
import type { Json } from "../../mirror/contract.ts";
import type { Version } from "./contract.ts";
import { Line, type Waiting } from "./line.ts";

/** Versions that differ in their text alone. */
const held = (salt: string): Version => versionOf({ hold: '({ log, signal }) => new Promise((resolve) => { log.info("here"); signal.addEventListener("abort", resolve); })', quick: "() => 1" }, `/* ${salt} */`);
const asked = (salt: string): Version => scriptOf(`/* ${salt} */ exports.workflow = { id: "w", name: "W", steps: [], concurrency: { key: (input) => "of " + input } };`);
const looping = (salt: string): Version => scriptOf(`/* ${salt} */ exports.workflow = { id: "w", name: "W", steps: [], concurrency: { key: () => { for (;;); } } };`);
/** Takes half a second to look at its input, or for ever. */
const slow = (salt: string): Version => scriptOf(`/* ${salt} */ exports.workflow = { id: "w", name: "W", steps: [], input: { "~standard": { version: 1, vendor: "test", validate: (value) => new Promise((resolve) => { if (value === "long") setTimeout(resolve, 500, { value }); }) } } };`);
const admit = { work: { do: "admit", workflow: "w" } } as const;

/** Steps of so many versions, each of which holds its thread until it is stopped. */
async function busy(stage: IsolateStage, count: number): Promise<AbortController[]> {
  const stops = Array.from({ length: count }, () => new AbortController());
  for (const [index, stop] of stops.entries()) await stage.started(held(`busy ${index}`), "hold", {}, stop.signal);
  return stops;
}

it("knows the first of each version, whoever comes and leaves", () => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.constantFrom("a", "b", "c", "d"), fc.nat(30)), { maxLength: 60 }), (deeds) => {
    const line = new Line();
    const there: Waiting[] = [];
    for (const [order, deed] of deeds.entries()) {
      if (typeof deed === "string") {
        const one: Waiting = { hash: deed, key: "", short: null, order, leave: () => {} };
        line.add(one);
        there.push(one);
      } else {
        const [gone] = there.splice(deed, 1);
        if (gone) for (let times = 0; times < 2; times++) line.remove(gone);
      }
      expect([...line]).toEqual(there);
      expect(line.firsts).toEqual(there.filter(({ hash }, index) => there.findIndex((one) => one.hash === hash) === index));
      expect(line.isEmpty).toBe(there.length === 0);
    }
  }));
});

it("keeps no more places than there are, over all versions, until they are given back", async () => {
  await using stage = new IsolateStage({ hosts: 2, threadsPerHost: 2, warmThreads: 0 });
  const { isolates } = stage;
  const keep = (name: string) => isolates.keep(held(name).hash, name);
  const kept = ["a", "b", "c", "d"].map(keep);
  expect(new Set(kept.map((place) => place?.host.pid)).size).toBe(2);
  expect([keep("e"), keep("f")]).toEqual([null, null]);
  const fifth = isolates.place(held("e").hash, "e", new AbortController().signal);
  kept[1]!.release();
  // Its thread goes to the one that waits, and to nobody else.
  expect(keep("f")).toBeNull();
  const place = await fifth;
  expect(place.is).toBe("kept");
  expect(keep("f")).toBeNull();
});

it("a version may have more places in its own thread, as many as it has steps at once", async () => {
  await using stage = new IsolateStage({ stepsPerThread: 3 });
  const [first, second, third, fourth] = [1, 2, 3, 4].map((n) => stage.isolates.keep(held("a").hash, String(n)));
  expect([first!.host, second!.host, fourth]).toEqual([third!.host, third!.host, null]);
});

it("a call takes the place that was kept for it, and gives it back at its end", async () => {
  await using stage = new IsolateStage({ hosts: 1, threadsPerHost: 1, stepsPerThread: 1 });
  const version = held("a");
  const kept = stage.isolates.keep(version.hash, "one")!;
  const waiting = stage.step(version, "quick");
  let placed: unknown;
  const call = stage.call(version, { work: { do: "run", workflow: "w", step: "quick" } });
  expect(await stage.isolates.run(call, new AbortController().signal, { placed: (host) => void (placed = host) }, kept)).toMatchObject({ is: "completed" });
  expect(placed).toEqual(kept.host);
  expect(await waiting).toMatchObject({ is: "completed" });
});

it("a place that is lost before it is taken is waited for anew", async () => {
  await using stage = new IsolateStage({ warmThreads: 0 });
  const version = held("a");
  const kept = stage.isolates.keep(version.hash, "one")!;
  process.kill(kept.host.pid, "SIGKILL");
  // Seen once another call has been displaced by it, or was never sent.
  await stage.step(version, "quick");
  const call = stage.call(version, { work: { do: "run", workflow: "w", step: "quick" } });
  expect(await stage.isolates.run(call, new AbortController().signal, {}, kept)).toMatchObject({ is: "completed" });
});

it("gives threads to those who wait in the order in which they came, whatever their version", async () => {
  await using stage = new IsolateStage({ hosts: 1, threadsPerHost: 1, warmThreads: 0 });
  const [stop] = await busy(stage, 1);
  const order: string[] = [];
  const waiting = ["b", "a", "b", "c", "a"].map((name, index) => stage.step(held(name), "quick", {}, { began: () => void order.push(`${name}${index}`) }));
  stop!.abort();
  await Promise.all(waiting);
  // Those of a version come with its first, since its thread is there then.
  expect(order).toEqual(["b0", "b2", "a1", "a4", "c3"]);
});

it("a version that is never idle does not keep others waiting for ever", async () => {
  await using stage = new IsolateStage({ hosts: 1, threadsPerHost: 1, warmThreads: 0 });
  const stops = [new AbortController(), new AbortController(), new AbortController()];
  const first = await stage.started(held("a"), "hold", {}, stops[0]!.signal);
  const order: string[] = [];
  const other = stage.step(held("b"), "quick").then(() => order.push("other"));
  // It would not be free sooner without this one.
  await stage.started(held("a"), "hold", {}, stops[1]!.signal);
  stops[0]!.abort();
  await first.outcome;
  const late = stage.started(held("a"), "hold", {}, stops[2]!.signal).then(() => order.push("late"));
  stops[1]!.abort();
  await Promise.all([other, late]);
  expect(order).toEqual(["other", "late"]);
  stops[2]!.abort();
});

it("asks a workflow about its input at once while steps hold all threads, each time", async () => {
  await using stage = new IsolateStage({ hosts: 1, threadsPerHost: 2, shortThreads: 1, warmThreads: 0 });
  await busy(stage, 2);
  let isDone = false;
  void stage.step(held("c"), "quick").then(() => (isDone = true));
  for (const name of ["x", "y", "x"]) {
    const outcome = await stage.run(stage.call(asked(name), { ...admit, input: name }), new AbortController().signal);
    expect(outcome).toEqual({ is: "completed", data: { input: name, key: `of ${name}` } });
  }
  expect(isDone).toBe(false);
});

it("asks a workflow about its input beside a step of its own that keeps its thread busy", async () => {
  await using stage = new IsolateStage({ blockedMs: 60_000 });
  const version = scriptOf('exports.workflow = { id: "w", name: "W", concurrency: { key: String }, steps: [{ id: "loop", label: "LOOP", run: ({ log }) => { log.info("here"); for (;;); } }] };');
  const step = await stage.started(version, "loop");
  expect(await stage.run(stage.call(version, { ...admit, input: 7 }), new AbortController().signal)).toMatchObject({ is: "completed", data: { key: "7" } });
  await stage.isolates.close();
  expect(await step.outcome).toMatchObject({ is: "displaced" });
});

it("asks a workflow at once that has a thread of its own, also while others wait for one", async () => {
  await using stage = new IsolateStage({ hosts: 1, threadsPerHost: 2, shortThreads: 1, warmThreads: 0, blockedMs: 60_000 });
  await busy(stage, 1);
  const own = versionOf({ hold: '({ log }) => new Promise(() => log.info("here"))', quick: "() => 1" }, "/* own */ ");
  await stage.started(own, "hold");
  void stage.step(held("waiting"), "quick");
  const loops = [looping("one"), looping("two")].map((version) => stage.run(stage.call(version, admit), new AbortController().signal));
  expect(await stage.step(own, "quick", { work: { do: "evaluate", workflow: "w", step: "quick" } }, { waiting: () => expect.unreachable() })).toMatchObject({ is: "completed" });
  await stage.isolates.close();
  await Promise.all(loops);
});

it("leaves a thread for short work to the others where several versions dawdle", async () => {
  await using stage = new IsolateStage({ hosts: 1, threadsPerHost: 1, shortThreads: 2, shortMs: 400, warmThreads: 0, blockedMs: 60_000 });
  await busy(stage, 1);
  void stage.step(held("waiting"), "quick");
  const ask = (version: Version, input: Json = null): Promise<Outcome> => stage.run(stage.call(version, { ...admit, input }), new AbortController().signal);
  for (const name of ["one", "two"]) await ask(slow(name), "long");
  const [one, two] = ["one", "two"].map((name) => ask(slow(name), "for ever"));
  expect(await ask(asked("x"), "x")).toMatchObject({ is: "completed", data: { key: "of x" } });
  await stage.isolates.close();
  expect(await Promise.all([one, two])).toMatchObject([{ is: "displaced" }, { is: "displaced", mayHaveBegun: false }]);
});
