import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { admit, defaultOverlap, nextToStart, type OpenRun, type OverlapPolicy } from "./overlap.ts";

const policy = (part: Partial<OverlapPolicy>): OverlapPolicy => ({ ...defaultOverlap, ...part });
/** `running a/key`, in the order in which they were asked for. */
const open = (...runs: string[]): OpenRun[] =>
  runs.map((text, queuedAt) => {
    const [status, name] = text.split(" ") as [OpenRun["status"], string];
    const [id, key = null] = name.split("/");
    return { id: id!, status, key, queuedAt, rows: 1 };
  });

describe("skip", () => {
  const skip = policy({ onOverlap: "skip" });

  test("starts a run that is alone, and skips one beside it", () => {
    expect(admit(skip, [], null)).toEqual({ is: "start" });
    for (const status of ["running", "waiting", "cancelling", "queued"]) expect(admit(skip, open(`${status} a`), null)).toEqual({ is: "skip", reason: "overlap" });
  });

  test("starts as many as the limit allows, those counted that are about to begin", () => {
    const two = policy({ limit: 2 });
    expect(admit(two, open("queued a"), null)).toEqual({ is: "start" });
    expect(admit(two, open("running a", "queued b"), null)).toEqual({ is: "skip", reason: "overlap" });
  });

  test("counts runs with the same key by themselves", () => {
    const keyed = policy({ limit: 3, limitPerKey: 1 });
    expect(admit(keyed, open("running a/x"), "x")).toEqual({ is: "skip", reason: "overlap" });
    expect(admit(keyed, open("running a/x"), "y")).toEqual({ is: "start" });
    expect(admit(keyed, open("running a/x", "running b/y", "running c/z"), "w")).toEqual({ is: "skip", reason: "overlap" });
  });

  test("a run without a key is bound by the strand's limit alone", () => {
    expect(admit(policy({ limit: null, limitPerKey: 1 }), open("running a", "running b"), null)).toEqual({ is: "start" });
  });
});

test("a strand has 5,000 open runs at most, whatever its policy allows", () => {
  const runs = Array.from({ length: 5_000 }, (_, n) => `running r${n}/${n}`);
  for (const onOverlap of ["skip", "queue", "cancel_old"] as const) {
    const free = policy({ onOverlap, limit: null, limitPerKey: 1, maxQueued: Infinity });
    expect(admit(free, open(...runs.slice(1)), "new")).toEqual({ is: "start" });
    expect(admit(free, open(...runs), "new")).toEqual({ is: "skip", reason: "queue_full" });
  }
});

test("the open runs of a strand have 100,000 steps and items at most", () => {
  const free = policy({ limit: null });
  const [large, small] = open("running a", "running b") as [OpenRun, OpenRun];
  expect(admit(free, [{ ...large, rows: 99_998 }, small], null)).toEqual({ is: "start" });
  expect(admit(free, [{ ...large, rows: 99_999 }, small], null)).toEqual({ is: "skip", reason: "queue_full" });
});

describe("queue", () => {
  const queue = policy({ onOverlap: "queue", maxQueued: 2 });

  test("lets a run wait, and skips one where too many wait", () => {
    expect(admit(queue, open("running a", "queued b"), null)).toEqual({ is: "queue", cancel: [] });
    expect(admit(queue, open("running a", "queued b", "queued c"), null)).toEqual({ is: "skip", reason: "queue_full" });
  });

  test("nobody overtakes one that waits for the same place", () => {
    expect(admit(queue, open("queued a"), null)).toEqual({ is: "queue", cancel: [] });
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
    expect(admit(cancel, open("running a"), null)).toEqual({ is: "queue", cancel: ["a"] });
    expect(admit(cancel, open("waiting a"), null)).toEqual({ is: "queue", cancel: ["a"] });
  });

  test("one that only waited goes too, and what is cancelled already is left to it", () => {
    expect(admit(cancel, open("cancelling a", "queued b"), null)).toEqual({ is: "queue", cancel: ["b"] });
  });

  test("those that go leave their place in the queue", () => {
    expect(admit(policy({ onOverlap: "cancel_old", maxQueued: 1 }), open("running a", "queued b"), null)).toEqual({ is: "queue", cancel: ["b", "a"] });
  });

  test("as few as needed go, the oldest first", () => {
    expect(admit(policy({ onOverlap: "cancel_old", limit: 2 }), open("running a", "running b"), null)).toEqual({ is: "queue", cancel: ["a"] });
    expect(admit(policy({ onOverlap: "cancel_old", limit: 2 }), open("running a", "cancelling b"), null)).toEqual({ is: "queue", cancel: [] });
  });

  test("runs with another key are left alone", () => {
    const keyed = policy({ onOverlap: "cancel_old", limit: 2, limitPerKey: 1 });
    expect(admit(keyed, open("running a/x", "running b/y"), "y")).toEqual({ is: "queue", cancel: ["b"] });
    expect(admit(keyed, open("running a/x", "running b/y"), "z")).toEqual({ is: "queue", cancel: [] });
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
  expect(admit(policy({ onOverlap: "queue", limit: null, limitPerKey: 1, maxQueued: Infinity }), runs, "key-1")).toEqual({ is: "queue", cancel: [] });
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
          const admission = admit(given, runs, deed.key);
          if (admission.is === "queue") {
            runs = runs.filter(({ id, status }) => status !== "queued" || !admission.cancel.includes(id));
            set(admission.cancel, "cancelling");
          }
          if (admission.is !== "skip") runs.push({ id: `run-${queuedAt}`, status: "queued", key: deed.key, queuedAt, rows: 1 });
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
