import { chmod, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { aRun } from "../../../test/contract/fixtures.ts";
import { ScriptedSource } from "../../../test/support/scriptedSource.ts";
import { MirrorFixture } from "../../../test/support/mirrorFixture.ts";
import type { Json } from "../../mirror/contract.ts";
import { startTimeOf } from "../../processIdentity.ts";
import { OWN_EXECUTORS } from "../../workflow/together.ts";
import { backupExecutors } from "./backup.ts";
import { kernelExecutors } from "./kernelExecutors.ts";

const DAY_MS = 86_400_000;

let loom: MirrorFixture;
beforeEach(async () => void (loom = await MirrorFixture.start()));
afterEach(() => loom[Symbol.asyncDispose]());

/** Performs a step of this kind in the fixture's gateway. */
function perform(kind: string, keep = {}, signal = new AbortController().signal): Promise<Json | void> {
  const { store, mirrors, clock, folder } = loom;
  const executors = kernelExecutors({ store, mirrors, clock, keep: { runDays: 90, mirroredRunDays: 0, auditDays: 365, backups: 2, ...keep }, backups: join(folder, "backups") });
  const work = executors.find((executor) => executor.kind === kind)!.execute({ input: null, idempotencyKey: "run/step", signal });
  // Sources are asked by the clock; nothing else here is.
  return kind.startsWith("mirror-") ? loom.pumped(work) : work;
}

/** A scheduler that says "unchanged" to whoever has seen it before, whatever has changed. */
class LazySource extends ScriptedSource {
  override async snapshot(look: Parameters<ScriptedSource["snapshot"]>[0]) {
    const snapshot = await super.snapshot(look);
    return look.revision === null ? { ...snapshot, revision: "always" } : ({ unchanged: true } as const);
  }
}

it("are those that a check of files takes for Loom's own", () => {
  const { store, mirrors, clock, folder } = loom;
  const keep = { runDays: 90, mirroredRunDays: 0, auditDays: 365, backups: 2 };
  expect(kernelExecutors({ store, mirrors, clock, keep, backups: folder }).map(({ kind }) => kind).toSorted()).toEqual(OWN_EXECUTORS.toSorted());
});

it("looks at each source whole, and imports what it tells of runs", async () => {
  const source = new LazySource();
  loom.register(source);
  await loom.until(() => source.looks > 0);
  source.add("a", { historyMark: "1" });
  const now = loom.clock.now();
  source.history.set("a", [aRun("k", { startedAt: now - 2000, finishedAt: now - 1000 })]);
  await loom.look();
  expect(await loom.store.strands.all()).toEqual([]);
  expect(await perform("mirror-look")).toEqual({ sources: [{ id: expect.any(String), freshness: "fresh" }] });
  await perform("mirror-import");
  expect(await perform("mirror-count")).toEqual({ strands: 1, withWholeHistory: 1 });
});

it("tells which source could not be read, and does not fail for it", async () => {
  const source = new ScriptedSource();
  source.trouble = new Error("no answer");
  loom.register(source);
  await loom.until(() => source.looks > 0);
  expect(await perform("mirror-look")).toEqual({ sources: [{ id: expect.any(String), freshness: "stale", message: "no answer" }] });
});

it("does not wait for an import when the step is over", async () => {
  const stop = new AbortController();
  const mirrors = { lookAtAll: async () => [], imports: () => [{ id: "a", done: new Promise<void>(() => {}) }] };
  const [, importing] = kernelExecutors({ store: loom.store, mirrors, clock: loom.clock, keep: { runDays: 1, mirroredRunDays: 0, auditDays: 1, backups: 1 }, backups: "" });
  const importedOrNot = importing!.execute({ input: null, idempotencyKey: "", signal: stop.signal });
  stop.abort(new Error("too late"));
  await expect(importedOrNot).rejects.toThrow("too late");
});

it("waits two minutes for imports, and says which go on", async () => {
  const mirrors = { lookAtAll: async () => [], imports: () => [{ id: "endless", done: new Promise<void>(() => {}) }, { id: "good", done: Promise.resolve() }] };
  const [, importing] = kernelExecutors({ store: loom.store, mirrors, clock: loom.clock, keep: { runDays: 1, mirroredRunDays: 0, auditDays: 1, backups: 1 }, backups: "" });
  const done = importing!.execute({ input: null, idempotencyKey: "", signal: new AbortController().signal });
  await loom.clock.advance(120_000);
  expect(await done).toEqual({ stillImporting: ["endless"] });
});

it("forgets runs of mirrored jobs only where the settings say so", async () => {
  const source = new ScriptedSource();
  source.add("a", { historyMark: "1" });
  const old = loom.clock.now() - 100 * DAY_MS;
  source.history.set("a", Array.from({ length: 130 }, (_, n) => aRun(`k${n}`, { startedAt: old + n * 60_000, finishedAt: old + n * 60_000 + 1000 })));
  source.pageSize = 200;
  loom.register(source);
  await loom.until(async () => (await loom.store.stats()).runs === 130);
  expect(await perform("prune-runs")).toEqual({ forgotten: { woven: 0, mirrored: 0 } });
  expect(await perform("prune-runs", { mirroredRunDays: 101 })).toEqual({ forgotten: { woven: 0, mirrored: 0 } });
  expect(await perform("prune-runs", { mirroredRunDays: 30 })).toEqual({ forgotten: { woven: 0, mirrored: 30 } });
  expect((await loom.store.stats()).runs).toBe(100);
});

it("forgets settled commands with the runs", async () => {
  const now = loom.clock.now();
  for (const [id, askedAt] of [["old", now - 91 * DAY_MS], ["new", now]] as const) {
    await loom.store.commands.add({ id, strandId: "a", sourceId: null, kind: "run", by: "ann", askedAt });
    await loom.store.commands.move(id, ["asked"], "confirmed", askedAt);
  }
  expect(await perform("prune-commands", { runDays: 0 })).toEqual({ forgotten: 0 });
  expect(await perform("prune-commands")).toEqual({ forgotten: 1 });
  expect(await loom.store.commands.get("old")).toBeNull();
});

it("forgets who asked for what after its own time, however much there is", async () => {
  const now = loom.clock.now();
  const asked = { who: "ann", tokenId: null, role: "admin", via: "session", peer: "127.0.0.1", action: "POST /api/loom/strands/:id/run", target: "s", detail: null } as const;
  await Promise.all(Array.from({ length: 1_200 }, (_, n) => loom.store.audit.begin({ ...asked, id: `old ${n}`, at: now - 366 * DAY_MS })));
  await loom.store.audit.begin({ ...asked, id: "new", at: now - 364 * DAY_MS });
  expect(await perform("prune-audit", { auditDays: 0 })).toEqual({ forgotten: 0 });
  expect(await perform("prune-audit")).toEqual({ forgotten: 1_200 });
  expect((await loom.store.audit.list({ limit: 10 })).items).toMatchObject([{ id: "new" }]);
});

it("forgets nothing more for its age while the clock has just leapt by months, and follows it in the end", async () => {
  const asked = { who: "ann", tokenId: null, role: "admin", via: "session", peer: "127.0.0.1", action: "POST /api/loom/strands/:id/run", target: "s", detail: null } as const;
  await loom.store.audit.begin({ ...asked, id: "today", at: loom.clock.now() });
  expect(await perform("prune-audit", { auditDays: 30 })).toEqual({ forgotten: 0 });
  for (let day = 60; day < 67; day++) {
    loom.clock.jump(day === 60 ? 60 * DAY_MS : DAY_MS);
    expect(await perform("prune-audit", { auditDays: 30 })).toEqual({ forgotten: 0 });
  }
  loom.clock.jump(DAY_MS);
  expect(await perform("prune-audit", { auditDays: 30 })).toEqual({ forgotten: 1 });
});

it("backs the database up under the time, and keeps the newest copies alone", async () => {
  const folder = join(loom.folder, "backups");
  loom.clock.jump(Date.UTC(2026, 10, 21, 12) - loom.clock.now());
  expect(await perform("backup-copy")).toEqual({ file: "loom-2026-11-21T12-00-00Z.db", bytes: expect.any(Number) });
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  for (let day = 0; day < 2; day++) {
    loom.clock.jump(DAY_MS);
    await perform("backup-copy");
  }
  await writeFile(join(folder, "mine.db"), "");
  expect(await perform("backup-tidy")).toEqual({ kept: 2, removed: ["loom-2026-11-21T12-00-00Z.db"] });
  expect((await readdir(folder)).toSorted()).toEqual(["loom-2026-11-22T12-00-00Z.db", "loom-2026-11-23T12-00-00Z.db", "mine.db"]);
});

it("takes away what backups that were killed have left before it makes a copy, which may need the room", async () => {
  const folder = join(loom.folder, "backups");
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, "loom-2026-11-20T12-00-00Z.db.part-999999999-1-abcdef"), "", { mode: 0o600 });
  await mkdir(join(folder, "loom-2026-11-20T13-00-00Z.db.part-999999999-1-abcdef"), { mode: 0o700 });
  await writeFile(join(folder, "loom-2026-11-20T13-00-00Z.db.part-999999999-1-abcdef/copy.db"), "");
  // Of one that somebody makes meanwhile.
  const going = `loom-2026-11-20T14-00-00Z.db.part-${process.pid}-${startTimeOf(process.pid)}-abcdef`;
  await mkdir(join(folder, going), { mode: 0o700 });
  const backup = async (): Promise<never> => { throw new Error(`no room beside ${(await readdir(folder)).join(" ")}`); };
  const [copy] = backupExecutors({ backup }, loom.clock, { folder, keep: 1 });
  await expect(copy!.execute({ input: null, idempotencyKey: "run/step", signal: new AbortController().signal })).rejects.toThrow(`no room beside ${going}`);
});

it("pushes no older day out with copies that are made one after the other", async () => {
  const folder = join(loom.folder, "backups");
  loom.clock.jump(Date.UTC(2026, 10, 21, 12) - loom.clock.now());
  await perform("backup-copy");
  const older = ["loom-2026-11-20T03-40-00Z.db", "loom-2026-11-21T03-40-00Z.db", "loom-2026-11-21T11-40-00Z.db"];
  for (const name of older) await writeFile(join(folder, name), "");
  expect(await perform("backup-tidy")).toEqual({ kept: 2, removed: ["loom-2026-11-21T11-40-00Z.db", "loom-2026-11-21T03-40-00Z.db"] });
  expect((await readdir(folder)).toSorted()).toEqual(["loom-2026-11-20T03-40-00Z.db", "loom-2026-11-21T12-00-00Z.db"]);
});

it("counts and removes its own copies alone, and follows no link, where others may put files too", async () => {
  const [folder, shared, diary] = [join(loom.folder, "backups"), join(loom.folder, "shared"), join(loom.folder, "diary")];
  for (const one of [shared, diary]) await mkdir(one);
  await chmod(shared, 0o1777);
  await symlink(shared, folder);
  await writeFile(join(diary, "precious"), "");
  loom.clock.jump(Date.UTC(2026, 10, 21, 12) - loom.clock.now());
  await perform("backup-copy");
  await symlink(diary, join(shared, "loom-2020-01-01T00-00-00Z.db"));
  const theirs = ["loom-2026-11-20T03-00-00Z.db", "loom-2026-11-21T11-00-00Z.db", "loom-x.db.part-999999999-1-abcdef"];
  for (const name of theirs) {
    await writeFile(join(shared, name), "");
    await chmod(join(shared, name), 0o666);
  }
  expect(await perform("backup-tidy", { backups: 1 })).toEqual({ kept: 1, removed: [] });
  expect((await readdir(shared)).toSorted()).toEqual(["loom-2020-01-01T00-00-00Z.db", ...theirs, "loom-2026-11-21T12-00-00Z.db"].toSorted());
  expect(await readdir(diary)).toEqual(["precious"]);
});

it("keeps what it has just copied, however many copies are left of a time when the clock was ahead", async () => {
  const folder = join(loom.folder, "backups");
  loom.clock.jump(Date.UTC(2026, 10, 21, 12) - loom.clock.now());
  await perform("backup-copy");
  const ahead = ["loom-2099-01-01T03-40-00Z.db", "loom-2099-01-02T03-40-00Z.db"];
  for (const name of ahead) await writeFile(join(folder, name), "");
  expect(await perform("backup-tidy")).toEqual({ kept: 1, removed: [] });
  expect((await readdir(folder)).toSorted()).toEqual(["loom-2026-11-21T12-00-00Z.db", ...ahead]);
});
