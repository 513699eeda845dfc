import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { admit, defaultOverlap, nextToStart, type Admission, type OpenRun, type OverlapPolicy } from "./overlap.ts";

const policy = (part: Partial<OverlapPolicy>): OverlapPolicy => ({ ...defaultOverlap, ...part });
/** Beside no rows. */
const admitted = (policy: OverlapPolicy, open: readonly OpenRun[], key: string | null): Admission => admit(policy, open, key, { own: 0, all: 0 });
/** `running a/key`, in the order in which they were asked for. */
const open = (...runs: string[]): OpenRun[] =>
  runs.map((text, queuedAt) => {
    const [status, name] = text.split(" ") as [OpenRun["status"], string];
    const [id, key = null] = name.split("/");
    return { id: id!, status, key, queuedAt };
  });

describe("skip", () => {
  const skip = policy({ onOverlap: "skip" });

  test("starts a run that is alone, and skips one beside it", () => {
    expect(admitted(skip, [], null)).toEqual({ is: "start" });
    for (const status of ["running", "waiting", "cancelling", "queued"]) expect(admitted(skip, open(`${status} a`), null)).toEqual({ is: "skip", reason: "overlap" });
  });

  test("starts as many as the limit allows, those counted that are about to begin", () => {
    const two = policy({ limit: 2 });
    expect(admitted(two, open("queued a"), null)).toEqual({ is: "start" });
    expect(admitted(two, open("running a", "queued b"), null)).toEqual({ is: "skip", reason: "overlap" });
  });

  test("counts runs with the same key by themselves", () => {
    const keyed = policy({ limit: 3, limitPerKey: 1 });
    expect(admitted(keyed, open("running a/x"), "x")).toEqual({ is: "skip", reason: "overlap" });
    expect(admitted(keyed, open("running a/x"), "y")).toEqual({ is: "start" });
    expect(admitted(keyed, open("running a/x", "running b/y", "running c/z"), "w")).toEqual({ is: "skip", reason: "overlap" });
  });

  test("a run without a key is bound by the strand's limit alone", () => {
    expect(admitted(policy({ limit: null, limitPerKey: 1 }), open("running a", "running b"), null)).toEqual({ is: "start" });
  });
});

test("a strand has 5,000 open runs at most, whatever its policy allows", () => {
  const runs = Array.from({ length: 5_000 }, (_, n) => `running r${n}/${n}`);
  for (const onOverlap of ["skip", "queue", "cancel_old"] as const) {
    const free = policy({ onOverlap, limit: null, limitPerKey: 1, maxQueued: Infinity });
    expect(admitted(free, open(...runs.slice(1)), "new")).toEqual({ is: "start" });
    expect(admitted(free, open(...runs), "new")).toEqual({ is: "skip", reason: "queue_full" });
  }
});

test("the open runs of a strand have 50,000 steps and items at most", () => {
  const free = policy({ limit: null });
  const asked = (own: number, others: number): Admission => admit(free, open("running a"), null, { own, all: own + others });
  expect([asked(49_999, 0), asked(49_999, 50_000)]).toEqual([{ is: "start" }, { is: "start" }]);
  expect(asked(50_000, 0)).toEqual({ is: "skip", reason: "queue_full" });
});

test("those of all strands have 100,000, and yet each may have as many as a run", () => {
  const free = policy({ limit: null });
  const asked = (own: number, others: number): Admission => admit(free, open("running a"), null, { own, all: own + others });
  expect([asked(24_999, 75_000), asked(9_999, 100_000)]).toEqual([{ is: "start" }, { is: "start" }]);
  expect([asked(25_000, 75_000), asked(10_000, 100_000)]).toEqual([{ is: "skip", reason: "queue_full" }, { is: "skip", reason: "queue_full" }]);
});

describe("queue", () => {
  const queue = policy({ onOverlap: "queue", maxQueued: 2 });

  test("lets a run wait, and skips one where too many wait", () => {
    expect(admitted(queue, open("running a", "queued b"), null)).toEqual({ is: "queue", cancel: [] });
    expect(admitted(queue, open("running a", "queued b", "queued c"), null)).toEqual({ is: "skip", reason: "queue_full" });
  });

  test("nobody overtakes one that waits for the same place", () => {
    expect(admitted(queue, open("queued a"), null)).toEqual({ is: "queue", cancel: [] });
  });

  test("the one that waited longest is next", () => {
    expect(nextToStart(queue, open("queued b", "queued a"))).toEqual(["b"]);
    expect(nextToStart(queue, open("running c", "queued b"))).toEqual([]);
  });

  test("one that its key holds back holds up no other", () => {
    expect(nextToStart(policy({ limit: 3, limitPerKey: 1 }), open("running a/x", "queued b/x", "queued c/y", "queued d/y", "queued e/z"))).toEqual(["c", "e"]);
  });
});

describe("cancel the old", () => {
  const cancel = policy({ onOverlap: "cancel_old" });

  test("lets the new run wait for the old to end", () => {
    expect(admitted(cancel, open("running a"), null)).toEqual({ is: "queue", cancel: ["a"] });
    expect(admitted(cancel, open("waiting a"), null)).toEqual({ is: "queue", cancel: ["a"] });
  });

  test("one that only waited goes too, and what is cancelled already is left to it", () => {
    expect(admitted(cancel, open("cancelling a", "queued b"), null)).toEqual({ is: "queue", cancel: ["b"] });
  });

  test("those that go leave their place in the queue", () => {
    expect(admitted(policy({ onOverlap: "cancel_old", maxQueued: 1 }), open("running a", "queued b"), null)).toEqual({ is: "queue", cancel: ["b", "a"] });
  });

  test("as few as needed go, the oldest first", () => {
    expect(admitted(policy({ onOverlap: "cancel_old", limit: 2 }), open("running a", "running b"), null)).toEqual({ is: "queue", cancel: ["a"] });
    expect(admitted(policy({ onOverlap: "cancel_old", limit: 2 }), open("running a", "cancelling b"), null)).toEqual({ is: "queue", cancel: [] });
  });

  test("runs with another key are left alone", () => {
    const keyed = policy({ onOverlap: "cancel_old", limit: 2, limitPerKey: 1 });
    expect(admitted(keyed, open("running a/x", "running b/y"), "y")).toEqual({ is: "queue", cancel: ["b"] });
    expect(admitted(keyed, open("running a/x", "running b/y"), "z")).toEqual({ is: "queue", cancel: [] });
  });
});

test("whose turn it is among hundreds of keys is found without counting the runs of each key anew", () => {
  const keys = Array.from({ length: 300 }, (_, i) => `key-${i}`);
  let read = 0;
  const runs = open(...keys.map((key) => `running begun-${key}/${key}`), ...keys.map((key) => `queued waits-${key}/${key}`)).map(({ key, ...run }) => ({
    ...run,
    get key() {
      read++;
      return key;
    },
  }));
  expect(admitted(policy({ onOverlap: "queue", limit: null, limitPerKey: 1, maxQueued: Infinity }), runs, "key-1")).toEqual({ is: "queue", cancel: [] });
  expect(read).toBeLessThan(10 * runs.length);
});

test("whatever is asked for, no limit is passed, and whoever may start does in the end", () => {
  const policies = fc.record({
    onOverlap: fc.constantFrom("skip", "queue", "cancel_old"),
    limit: fc.option(fc.integer({ min: 1, max: 3 })),
    limitPerKey: fc.option(fc.integer({ min: 1, max: 2 })),
    maxQueued: fc.integer({ min: 0, max: 3 }),
  });
  const deeds = fc.array(fc.record({ do: fc.constantFrom("ask", "ask", "end"), key: fc.constantFrom(null, "x", "y"), which: fc.nat(9) }), { maxLength: 30 });
  fc.assert(
    fc.property(policies as fc.Arbitrary<OverlapPolicy>, deeds, (given, script) => {
      let runs: OpenRun[] = [];
      const set = (ids: readonly string[], to: OpenRun["status"]): void => {
        runs = runs.map((run) => (ids.includes(run.id) ? { ...run, status: to } : run));
      };
      for (const [queuedAt, deed] of script.entries()) {
        if (deed.do === "end") runs = runs.filter((_, index) => index !== deed.which);
        else {
          const admission = admitted(given, runs, deed.key);
          if (admission.is === "queue") {
            runs = runs.filter(({ id, status }) => status !== "queued" || !admission.cancel.includes(id));
            set(admission.cancel, "cancelling");
          }
          if (admission.is !== "skip") runs.push({ id: `run-${queuedAt}`, status: "queued", key: deed.key, queuedAt });
          if (admission.is === "start") expect(nextToStart(given, runs)).toContain(`run-${queuedAt}`);
        }
        set(nextToStart(given, runs), "running");
        expect(nextToStart(given, runs)).toEqual([]);
        const begun = runs.filter(({ status }) => status !== "queued");
        expect(begun.length).toBeLessThanOrEqual(given.limit ?? Infinity);
        for (const key of ["x", "y"]) expect(begun.filter((run) => run.key === key).length).toBeLessThanOrEqual(given.limitPerKey ?? Infinity);
        expect(runs.length - begun.length).toBeLessThanOrEqual(given.maxQueued);
      }
    }),
  );
});
