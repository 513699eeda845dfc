import { describe, expect, it } from "vitest";
import { mirrored } from "../support/mirrored.ts";
import type { MirrorFixture } from "../support/mirrorFixture.ts";
import type { ScriptedSource } from "../support/scriptedSource.ts";

const NOON = Date.UTC(2026, 10, 21, 12);

it("tells of a source that has no news when it was read last", async () => {
  const { loom } = await mirrored((source) => source.add("a"));
  await using _loom = loom;
  const { id } = [...loom.index.sources()][0]!;
  await loom.pass(60_000);
  await loom.look();
  expect(loom.clock.now() - loom.mirrors.lastGoodReadAt(id)!).toBeLessThan(1_000);
  expect(loom.mirrors.lastGoodReadAt("none")).toBeNull();
});

describe("what changed where a job is kept", () => {
  const marks = (loom: MirrorFixture, name: string): string[] => loom.strand(name)?.changes.map((change) => change.kind) ?? ["off the page"];

  it("is no news at the first look, and asks to be acknowledged from then on", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.add("b", { by: "agent main" });
    source.edit("a", { definition: { id: "a", text: "other" } });
    await loom.look();
    expect(marks(loom, "job a")).toEqual(["edited"]);
    expect(loom.strand("job a")!.changes[0]).toMatchObject({ fields: ["text"], fromVersion: 1, version: 2, ackAt: null });
    expect(loom.strand("job b")!.changes).toMatchObject([{ kind: "new", by: "agent main" }]);
    expect((await loom.store.changes.versions(loom.strand("job a")!.id)).map(({ version, definition }) => [version, definition])).toEqual([
      [2, { id: "a", text: "other" }],
      [1, { id: "a" }],
    ]);
  });

  it("keeps a strand that vanished on the page until that is acknowledged", async () => {
    const { loom, source } = await mirrored((source) => (source.add("a"), source.add("b")));
    await using _loom = loom;
    const { id } = loom.strand("job a")!;
    source.jobs.delete("a");
    await loom.look();
    expect(marks(loom, "job a")).toEqual(["vanished"]);
    expect(loom.strand("job a")!.goneAt).not.toBeNull();
    await expect(loom.commands.ask({ strandId: id, kind: "run", by: "ann" })).rejects.toMatchObject({ code: "COMMAND_UNSUPPORTED" });
    await loom.store.changes.acknowledge(id, "ann", loom.clock.now());
    await loom.until(() => loom.strand("job a") === undefined);
    source.add("a");
    await loom.look();
    expect(marks(loom, "job a")).toEqual(["returned"]);
  });

  it("does not wonder at a job that was to run once, ran and went", async () => {
    const { loom, source } = await mirrored((source) => (source.add("a"), source.add("once", { schedule: { kind: "at", atMs: NOON + 1_000 } })));
    await using _loom = loom;
    await loom.pass(5_000);
    source.jobs.delete("once");
    await loom.look();
    expect(loom.strand("job once")).toBeUndefined();
  });

  it("takes an enabling or disabling for no edit", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.edit("a", { enabled: false, disabledReason: "too many failures" });
    await loom.look();
    expect(marks(loom, "job a")).toEqual([]);
    expect(loom.strand("job a")).toMatchObject({ enabled: false, version: 1 });
  });
});

describe("a source that loses its jobs", () => {
  const five = (source: ScriptedSource): void => ["a", "b", "c", "d", "e"].forEach((id) => source.add(id));
  const health = (loom: MirrorFixture) => [...loom.index.sources()][0]!.health;

  it("is suspect, and its strands stay as they were", async () => {
    const { loom, source } = await mirrored(five);
    await using _loom = loom;
    source.jobs.clear();
    await loom.look();
    const read = health(loom).lastGoodReadAt;
    await loom.pass(60_000);
    expect([...loom.index.strands()].map((strand) => strand.goneAt)).toEqual([null, null, null, null, null]);
    expect(health(loom)).toMatchObject({ freshness: "suspect", message: "It had 5 jobs and now shows 0. Gone: job a, job b, job c and 2 more." });
    expect(health(loom).lastGoodReadAt).toBe(read);
  });

  it("goes on telling what it still has, and is fresh again when they come back", async () => {
    const { loom, source } = await mirrored(five);
    await using _loom = loom;
    const all = [...source.jobs];
    for (const id of ["a", "b", "c", "d"]) source.jobs.delete(id);
    source.edit("e", { enabled: false });
    await loom.look();
    expect(health(loom).freshness).toBe("suspect");
    expect(loom.strand("job e")!.enabled).toBe(false);
    for (const [id, job] of all) source.jobs.set(id, job);
    await loom.look();
    expect(health(loom)).toMatchObject({ freshness: "fresh", message: null });
    expect(loom.told()).not.toContain("strand.removed");
  });

  it("is believed when a person accepts it, and only then", async () => {
    const { loom, source } = await mirrored(five);
    await using _loom = loom;
    source.jobs.clear();
    await loom.look();
    await loom.pumped(loom.mirrors.accept([...loom.index.sources()][0]!.id));
    await loom.until(() => [...loom.index.strands()].length === 0);
    expect(health(loom).freshness).toBe("fresh");
    five(source);
    await loom.look();
    source.jobs.clear();
    await loom.look();
    expect(health(loom).freshness).toBe("suspect");
  });
});
