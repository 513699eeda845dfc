import { expect, it } from "vitest";
import type { DrivenRunStore } from "../store/contract.ts";
import { RunHome, type RunHomeOptions } from "../../test/support/runHome.ts";
import { makeFolder, type Folder } from "../../test/support/folder.ts";
import { readFile } from "node:fs/promises";

/** Steps that write a line each time that they are begun; the one called `stop` waits until the file `go` is there. */
function workflow(folder: Folder, stop: string): string {
  const step = (id: string, more: string, work = "") => `{ id: "${id}", label: "STEP", ${more} run: async ({ attempt, idempotencyKey }) => {
    const fs = process.getBuiltinModule("node:fs"); fs.appendFileSync(${JSON.stringify(folder.at("ledger"))}, "${id} " + attempt + "\\n"); ${work}
    return idempotencyKey; } }`;
  const wait = `while (!fs.existsSync(${JSON.stringify(folder.at("go"))})) await new Promise((resolve) => setTimeout(resolve, 5));`;
  return `{ id: "w", name: "W", steps: [${step("first", "")}, ${step("stop", `dependsOn: ["first"], backoff: { initialMs: 1 }, ${stop}`, wait)}, ${step("last", 'dependsOn: ["stop"],')}] }`;
}

async function ledger(folder: Folder): Promise<string[]> {
  return (await readFile(folder.at("ledger"), "utf8")).trim().split("\n");
}

async function interrupted(folder: Folder, stop: string, options: RunHomeOptions = {}): Promise<{ readonly home: RunHome; readonly id: string }> {
  const home = await RunHome.open(options);
  await home.weave(workflow(folder, stop));
  const id = await home.begin("w");
  await home.heard("step.started", id, "stop");
  return { home, id };
}

it("goes on after the gateway is gone: what is done stays done, what was under way is tried again", async () => {
  await using folder = await makeFolder();
  const { home, id } = await interrupted(folder, "retries: 1,");
  await using _home = home;
  await home.crash();
  await folder.write({ go: "" });
  expect(await home.ended(id)).toMatchObject({ status: "succeeded", rows: ["first completed", "stop completed", "last completed"], results: { first: `${id}/first`, stop: `${id}/stop` } });
  expect(await ledger(folder)).toEqual(["first 1", "stop 1", "stop 2", "last 1"]);
  expect(home.told(id).filter((event) => event.endsWith("stop"))).toEqual(["step.dispatched stop", "step.started stop", "step.retrying stop", "step.dispatched stop", "step.started stop", "step.completed stop"]);
});

it("fails as crashed what may not be done twice, or has no attempt left", async () => {
  await using folder = await makeFolder();
  for (const stop of ['afterCrash: "fail", retries: 5,', ""]) {
    const { home, id } = await interrupted(folder, stop);
    await using _home = home;
    await home.crash();
    expect(await home.ended(id)).toMatchObject({ status: "failed", code: "interrupted", rows: ["first completed", "stop failed_crash interrupted", "last skipped dependency"] });
  }
});

it("goes on by the version that the run began with", async () => {
  await using folder = await makeFolder();
  const { home, id } = await interrupted(folder, "retries: 1,");
  await using _home = home;
  await home.weave('{ id: "w", name: "W", steps: [{ id: "other", label: "OTHER", run: () => 1 }] }');
  await home.crash();
  await folder.write({ go: "" });
  expect((await home.ended(id)).rows).toEqual(["first completed", "stop completed", "last completed"]);
});

it("loses no attempt of what an orderly stop interrupts", async () => {
  await using folder = await makeFolder();
  const { home, id } = await interrupted(folder, "");
  await using _home = home;
  await home.restart();
  await folder.write({ go: "" });
  expect((await home.ended(id)).status).toBe("succeeded");
  expect(await ledger(folder)).toEqual(["first 1", "stop 1", "stop 1", "last 1"]);
});

it("does not do twice what an orderly stop interrupts, where that may not be", async () => {
  await using folder = await makeFolder();
  const { home, id } = await interrupted(folder, 'afterCrash: "fail",');
  await using _home = home;
  await home.restart();
  expect((await home.stands(id)).rows).toEqual(["first completed", "stop failed_crash interrupted", "last skipped dependency"]);
});

it("finds the run again that a step has started, and starts no second one", async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open();
  await home.weave(workflow(folder, "retries: 1,"));
  await home.weave('{ id: "above", name: "A", steps: [{ id: "sub", label: "SUB", workflow: "w" }] }');
  const id = await home.begin("above");
  await home.heard("step.started", id, "sub");
  const child = (await home.store.driven.childOf({ runId: id, step: "sub", epoch: 1 }))!.id;
  await home.heard("step.started", child, "stop");
  await home.crash();
  await folder.write({ go: "" });
  expect(await home.ended(id)).toMatchObject({ status: "succeeded", results: { sub: `${child}/last` } });
  expect((await home.store.runs.list({ strandId: "w", limit: 10 })).items.map((run) => run.id)).toEqual([child]);
});

it("lets those go on that waited for their turn, and for their retry", async () => {
  await using home = await RunHome.open();
  await home.weave(`{ id: "w", name: "W", overlap: "queue", steps: [{ id: "one", label: "ONE", retries: 1, backoff: { initialMs: 1500, jitter: 0 }, run: ({ attempt }) => { if (attempt === 1) throw new Error("no"); return attempt; } }] }`);
  const first = await home.begin("w");
  const second = await home.begin("w");
  await home.heard("step.retrying", first, "one");
  await home.crash();
  expect([await home.ended(first), await home.ended(second)].map(({ status, results }) => [status, results["one"]])).toEqual([["succeeded", 2], ["succeeded", 2]]);
});

it("takes over what it goes on from before anything of it begins, and after a crash in the middle of that", async () => {
  const asked = Promise.withResolvers<void>();
  let isHeld = true;
  const between = (driven: DrivenRunStore): DrivenRunStore => ({
    ...driven,
    takeOver: (runId, after) => (isHeld ? (asked.resolve(), new Promise(() => {})) : driven.takeOver(runId, after)),
  });
  await using home = await RunHome.open({ between });
  const two = (run: string) => `{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", run: () => Math.random() }, { id: "two", label: "TWO", dependsOn: ["one"], run: ${run} }] }`;
  await home.weave(two('() => { throw new Error("not yet"); }'));
  const first = await home.run("w");
  await home.weave(two("({ results }) => results.one"));
  const { outcome, runId } = await home.runs.retry(first.id, "ann", "failed");
  await asked.promise;
  expect([outcome, (await home.stands(runId)).rows]).toEqual(["started", ["one completed", "two pending"]]);
  isHeld = false;
  await home.crash();
  expect(await home.ended(runId)).toMatchObject({ status: "succeeded", results: { one: first.results["one"], two: first.results["one"] } });
});

it("says of what a crash interrupted why it has failed, also where a whole list of it has", async () => {
  await using home = await RunHome.open();
  const never = "run: () => new Promise(() => {})";
  await home.weave(`{ id: "w", name: "W", steps: [{ id: "list", label: "LIST", each: () => [1], ${never} }, { id: "once", label: "ONCE", afterCrash: "fail", retries: 2, ${never} }, { id: "again", label: "AGAIN", retries: 1, backoff: { initialMs: 60_000 }, ${never} }] }`);
  const id = await home.begin("w");
  for (const step of ["list[0]", "once", "again"]) await home.heard("step.started", id, step);
  await home.crash();
  const died = "Loom or its machine died while it was under way.";
  const { errors } = await home.stands(id);
  expect(errors).toMatchObject({ "list[0]": `${died} It had no attempt left: with retries it is tried again.`, once: `${died} It may not be done twice, so it is left to you.`, again: died });
  await home.runs.cancel(id, "ann");
  await home.weave(`{ id: "alone", name: "A", steps: [{ id: "list", label: "LIST", each: () => [1], ${never} }] }`);
  const alone = await home.begin("alone");
  await home.heard("step.started", alone, "list[0]");
  await home.crash();
  expect((await home.ended(alone)).error).toMatch(/^Loom or its machine died/);
});

it("ends the processes of an earlier start before anything is dispatched again", async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open();
  const file = JSON.stringify(folder.at("pid"));
  await home.weave(`{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", retries: 1, backoff: { initialMs: 1 }, run: ({ attempt }) => {
    const fs = process.getBuiltinModule("node:fs");
    if (attempt === 2) return { isThere: fs.existsSync("/proc/" + fs.readFileSync(${file}, "utf8")) };
    fs.writeFileSync(${file}, String(process.pid));
    return new Promise(() => {});
  } }] }`);
  const id = await home.begin("w");
  await home.heard("step.started", id, "one");
  expect(await home.store.driven.hosts()).toHaveLength(1);
  await home.crash({ leavesHosts: true });
  expect(await home.ended(id)).toMatchObject({ status: "succeeded", results: { one: { isThere: false } } });
});

it("looks how a run stands as often as it takes, where a change of it was lost", async () => {
  const { LoomError } = await import("../errors/loomError.ts");
  let [losses, faults] = [1, 1];
  const between = (driven: DrivenRunStore): DrivenRunStore =>
    new Proxy(driven, {
      get: (target, name: keyof DrivenRunStore) => {
        if (name === "apply") return async (change: Parameters<DrivenRunStore["apply"]>[0]) => (change.moves.some(({ to }) => to === "completed") && losses-- > 0 ? { outcome: "lost" } : target.apply(change));
        if (name === "get") return async (id: string) => {
          if (losses < 1 && faults-- > 0) throw new LoomError("STORE_BUSY", "Another program holds it.");
          return target.get(id);
        };
        return target[name];
      },
    });
  await using home = await RunHome.open({ between });
  await home.weave('{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", run: ({ sleep }) => sleep(50) }] }');
  expect((await home.run("w")).rows).toEqual(["one completed"]);
  expect([losses < 1, faults < 1]).toEqual([true, true]);
});

it("a step that runs another workflow outlasts a store that is busy while that ends", async () => {
  const { LoomError } = await import("../errors/loomError.ts");
  const busy = new Set<string>();
  const between = (driven: DrivenRunStore): DrivenRunStore =>
    new Proxy(driven, {
      get: (target, name: keyof DrivenRunStore) => {
        if (!["get", "results", "childOf"].includes(name)) return target[name];
        // Each once.
        return async (...args: unknown[]) => {
          if (!busy.has(name)) {
            busy.add(name);
            throw new LoomError("STORE_BUSY", "Another program holds it.");
          }
          return (target[name] as (...given: unknown[]) => unknown)(...args);
        };
      },
    });
  await using home = await RunHome.open({ between });
  await home.weave('{ id: "below", name: "B", steps: [{ id: "one", label: "ONE", run: () => 7 }] }');
  await home.weave('{ id: "above", name: "A", steps: [{ id: "sub", label: "SUB", workflow: "below" }] }');
  expect(await home.run("above")).toMatchObject({ status: "succeeded", results: { sub: 7 } });
  expect([...busy].toSorted()).toEqual(["childOf", "get", "results"]);
});

it("waits where another program holds the database, and loses nothing", async () => {
  let isBusy = false;
  const { LoomError } = await import("../errors/loomError.ts");
  await using home = await RunHome.open({
    between: (driven) => ({
      ...driven,
      apply: (change) => {
        isBusy = !isBusy;
        return isBusy ? Promise.reject(new LoomError("STORE_BUSY", "It is held.", { retryAfterMs: 1 })) : driven.apply(change);
      },
    }),
  });
  await home.weave('{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", run: () => 1 }, { id: "two", label: "TWO", dependsOn: ["one"], run: ({ results }) => results.one }] }');
  expect(await home.run("w")).toMatchObject({ status: "succeeded", results: { two: 1 } });
});

it("fails a step whose result the store does not take", async () => {
  await using home = await RunHome.open();
  const forged = `for (let call = 1; call < 20; call++) require("node:worker_threads").parentPort.postMessage(JSON.stringify({ is: "done", call, spawned: false, data: '{"half":' }))`;
  await home.weave(`{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", retries: 3, run: () => { ${forged}; return new Promise(() => {}); } }] }`);
  expect(await home.run("w")).toMatchObject({ status: "failed", code: "RESULT_NOT_STORED", error: "The store did not take its result." });
});

it("fails a step whose list or input the store does not take", async () => {
  const { LoomError } = await import("../errors/loomError.ts");
  const tooLarge = (change: Parameters<DrivenRunStore["apply"]>[0]): boolean => change.facts?.some(({ items, inputs }) => (items ?? inputs ?? null) !== null) ?? false;
  await using home = await RunHome.open({
    between: (driven) => ({ ...driven, apply: (change) => (tooLarge(change) ? Promise.reject(new LoomError("TOO_LARGE", "It is too large.")) : driven.apply(change)) }),
  });
  for (const given of ["each: () => [1], input: ({ item }) => item", "input: 1"]) {
    await home.weave(`{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", ${given}, run: () => 1 }] }`);
    expect(await home.run("w")).toMatchObject({ status: "failed", code: "RESULT_NOT_STORED", error: "The store did not take what its each and its input gave." });
  }
});

it("tells again after a while what the store refuses as often as it is tried, so that no run stands still for good", async () => {
  const { systemClock } = await import("../clock/system.ts");
  const refused = new Map<string, number>();
  const what = ({ moves, facts = [] }: Parameters<DrivenRunStore["apply"]>[0]): string => {
    if (moves.some(({ of, to }) => of === "run" && to === "cancelling")) return "cancel";
    if (moves.some((move) => move.of === "step" && move.from === "retrying")) return "again";
    return facts.find(({ items, result, error }) => items || result !== undefined || error !== undefined)?.step ?? "";
  };
  await using home = await RunHome.open({
    // Waits of the runs are short.
    clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal) },
    between: (driven) => ({
      ...driven,
      apply: (change) => {
        const [key, count] = [what(change), refused.get(what(change)) ?? 0];
        refused.set(key, count + 1);
        return key !== "" && count < 3 ? Promise.reject(new Error("not now")) : driven.apply(change);
      },
    }),
  });
  const steps = 'each: () => [1], retries: 1, backoff: { initialMs: 1 }, run: ({ attempt }) => { if (attempt === 1) throw new Error("once more"); return attempt; }';
  await home.weave(`{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", ${steps} }] }`);
  expect(await home.run("w")).toMatchObject({ status: "succeeded", results: { "one[0]": 2 } });
  await home.weave('{ id: "v", name: "V", steps: [{ id: "one", label: "ONE", run: () => new Promise(() => {}) }] }');
  const id = await home.begin("v");
  await home.heard("step.started", id, "one");
  await expect(home.runs.cancel(id, "ann", 0)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  await home.runs.cancel(id, "ann", 0);
  expect((await home.ended(id)).status).toBe("cancelled");
  expect(["one", "one[0]", "again", "cancel"].filter((key) => !(refused.get(key)! > 3))).toEqual([]);
});

it("takes nothing in once it stops, and lets callers wait until earlier runs are taken up", async () => {
  await using home = await RunHome.open();
  await home.weave('{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", run: () => 1 }] }');
  await home.runs.stop();
  await expect(home.begin("w")).rejects.toMatchObject({ code: "STOPPING" });
});

it("ends a run whose version is gone or cannot be read, says what to do, and lets it be done again", async () => {
  await using folder = await makeFolder();
  const losses = [
    { version: () => Promise.resolve(null), why: "Version 1 of w, by which it was to go on, is not kept any more." },
    { version: () => Promise.reject(new Error("Unexpected end of JSON input")), why: "Unexpected end of JSON input" },
  ];
  for (const { version, why } of losses) {
    let isLost = false;
    const { home, id } = await interrupted(folder, "retries: 1,", { versions: (weave) => (isLost ? { ...weave, version } : weave) });
    await using _home = home;
    const waiting = await home.begin("w", { onceKey: "second" });
    isLost = true;
    await home.crash();
    const ended = await home.ended(id);
    expect(ended).toMatchObject({ status: "failed", code: "VERSION_NOT_LOADED", rows: ["first completed", "stop failed VERSION_NOT_LOADED", "last failed VERSION_NOT_LOADED"] });
    expect(ended.error).toBe(`${why} Its finished steps keep their results; do it again, and it goes by the workflow as it is now.`);
    expect((await home.stands(waiting)).status).toBe("skipped");
    await expect(home.runs.cancel(id, "ann")).rejects.toMatchObject({ code: "CONFLICT" });
    isLost = false;
    await folder.write({ go: "" });
    const { runId } = await home.runs.retry(id, "ann", "failed");
    expect((await home.ended(runId)).rows).toEqual(["first completed", "stop completed", "last completed"]);
    await folder.remove("go");
  }
});

it("waits for nothing that lies where the database is damaged: other runs are taken up, and steps end", async () => {
  await using folder = await makeFolder();
  const { LoomError } = await import("../errors/loomError.ts");
  const damage = (): Promise<never> => Promise.reject(new LoomError("STORE_CORRUPT", "The database disk image is malformed."));
  let damaged = "";
  const { home, id } = await interrupted(folder, "retries: 1,", {
    between: (driven) => ({ ...driven, get: (runId) => (runId === damaged ? damage() : driven.get(runId)), given: (runId, wanted, most) => (wanted.results.includes("lost") ? damage() : driven.given(runId, wanted, most)) }),
  });
  await using _home = home;
  await home.weave(`{ id: "v", name: "V", steps: [{ id: "one", label: "ONE", retries: 1, backoff: { initialMs: 1 }, run: ({ attempt }) => attempt > 1 || new Promise(() => {}) }] }`);
  const other = await home.begin("v");
  await home.heard("step.started", other, "one");
  damaged = id;
  await home.crash();
  expect([(await home.stands(id)).status, (await home.ended(other)).status]).toEqual(["failed", "succeeded"]);
  await home.weave('{ id: "x", name: "X", steps: [{ id: "lost", label: "LOST", run: () => 1 }, { id: "next", label: "NEXT", dependsOn: ["lost"], run: () => 1 }] }');
  expect(await home.run("x")).toMatchObject({ status: "failed", error: "The database disk image is malformed." });
});

it("ends a run that was to go on from what is damaged, and holds up none that comes after it", async () => {
  const { LoomError } = await import("../errors/loomError.ts");
  await using home = await RunHome.open({ between: (driven) => ({ ...driven, takeOver: () => Promise.reject(new LoomError("STORE_CORRUPT", "The database disk image is malformed.")) }) });
  await home.weave('{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", run: () => 1 }, { id: "two", label: "TWO", dependsOn: ["one"], run: ({ input }) => { if (input !== "goes") throw new Error("no"); } }] }');
  const { runId } = await home.runs.retry((await home.run("w")).id, "ann", "failed");
  expect(await home.ended(runId)).toMatchObject({ status: "failed", code: "RESULTS_NOT_READ", error: expect.stringContaining("malformed. Do it again; where that stays so, from its beginning.") as string, rows: ["one completed", "two failed RESULTS_NOT_READ"] });
  expect((await home.run("w", "goes")).status).toBe("succeeded");
  expect((await home.ended((await home.runs.retry(runId, "ann", "start")).runId)).rows).toEqual(["one completed", "two failed STEP_THREW"]);
});

it("fails a run by its first step whose code is gone", async () => {
  await using folder = await makeFolder();
  let isLost = false;
  const { home, id } = await interrupted(folder, "retries: 1,", { versions: (weave) => (isLost ? { ...weave, bundle: () => Promise.resolve(null) } : weave) });
  await using _home = home;
  isLost = true;
  await home.crash();
  expect(await home.ended(id)).toMatchObject({ status: "failed", code: "VERSION_NOT_LOADED", rows: ["first completed", "stop failed VERSION_NOT_LOADED", "last skipped dependency"] });
});

it("lets a run be cancelled that nobody drives", async () => {
  await using folder = await makeFolder();
  let isLost = false;
  const broken = Promise.reject(new Error("a fault"));
  broken.catch(() => {});
  const { home, id } = await interrupted(folder, "retries: 1,", {
    versions: (weave) => (isLost ? { ...weave, version: () => Promise.resolve(null) } : weave),
    between: (driven) => ({ ...driven, apply: (change) => (isLost ? broken : driven.apply(change)), get: (run) => driven.get(run), open: () => driven.open(), hosts: () => driven.hosts() }),
  });
  await using _home = home;
  isLost = true;
  await home.crash();
  expect((await home.stands(id)).status).toBe("running");
  isLost = false;
  await home.runs.cancel(id, "ann");
  expect(await home.stands(id)).toMatchObject({ status: "failed", error: expect.stringContaining("ann cancelled it") as string });
});
