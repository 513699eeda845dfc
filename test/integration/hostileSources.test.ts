import { describe, expect, it } from "vitest";
import type { Source } from "../../core/mirror/contract.ts";
import { MirrorFixture } from "../support/mirrorFixture.ts";
import { finishedRun, ScriptedSource } from "../support/scriptedSource.ts";

const job = { id: "j", name: "evil", enabled: true, schedule: { kind: "manual" }, steps: [{ id: "run", label: "RUN" }], historyMark: "1", definition: {} };
const circle: Record<string, unknown> = {};
circle["again"] = circle;
const never = (): Promise<never> => new Promise(() => {});

function evil(answers: object): Source {
  return { identity: "evil", label: "Evil", can: { setEnabled: true, runNow: true }, snapshot: async () => ({ jobs: [job] }), ...answers } as unknown as Source;
}

/** An honest source and a hostile one, side by side. */
async function sideBySide(answers: object): Promise<{ loom: MirrorFixture; honest: ScriptedSource }> {
  const loom = await MirrorFixture.start();
  const honest = new ScriptedSource();
  honest.add("a");
  loom.register(honest, evil(answers));
  await loom.until(() => loom.strand("job a") !== undefined);
  return { loom, honest };
}

const hostile: readonly (readonly [what: string, answers: object])[] = [
  ["answers circles", { snapshot: async () => ({ jobs: [{ ...job, disabledReason: circle }] }) }],
  ["answers bigints", { snapshot: async () => ({ version: 5n, jobs: [job] }) }],
  ["answers times that no calendar has", { snapshot: async () => ({ jobs: [{ ...job, nextRunAt: 9e15, running: { key: "k", startedAt: 9e15 } }] }) }],
  ["leaves out a zone", { snapshot: async () => ({ jobs: [{ ...job, schedule: { kind: "cron", expression: "0 0 * * *" } }] }) }],
  ["throws what cannot be told", { snapshot: async () => { throw new Proxy({}, { get: () => { throw new Error("never"); } }); } }],
  ["throws a circle", { snapshot: () => { throw circle; } }],
  ["never answers", { snapshot: never }],
];

describe("a hostile source", () => {
  it.each(hostile)("that %s is told as such, and the others go on", async (_what, answers) => {
    const { loom, honest } = await sideBySide(answers);
    await using _loom = loom;
    honest.edit("a", { name: "job b" });
    await loom.until(() => loom.strand("job b") !== undefined);
    const told = () => [...loom.index.sources()].find((source) => source.label === "Evil");
    await loom.until(() => told()?.health.freshness !== "fresh" && told()?.health.message !== "It has not been read yet.");
    expect(loom.strand("evil")).toBeUndefined();
  });

  it("whose history never answers keeps nobody from stopping, and its runs come once it answers", async () => {
    let asked = 0;
    const { loom } = await sideBySide({ runs: () => (++asked === 1 ? never() : Promise.resolve({ runs: [finishedRun(5)], next: null })) });
    await using _loom = loom;
    await loom.until(async () => (await loom.store.runs.list({ limit: 10 })).items.length === 1);
    expect(asked).toBeGreaterThan(1);
  });

  it("whose history hangs does not keep the gateway from stopping", async () => {
    let asked = false;
    const { loom } = await sideBySide({ runs: () => ((asked = true), never()) });
    await using _loom = loom;
    await loom.until(() => asked);
  });

  it("whose run throws at once has its command called unknown", async () => {
    const { loom } = await sideBySide({ runNow: () => { throw new Error("at once"); } });
    await using _loom = loom;
    await loom.until(() => loom.strand("evil") !== undefined);
    const { id } = await loom.commands.ask({ strandId: loom.strand("evil")!.id, kind: "run", by: "me" });
    await loom.until(async () => (await loom.store.commands.get(id))?.status === "unknown");
    expect((await loom.store.commands.get(id))?.reason).toBe("at once");
  });
});
