import { expect, it } from "vitest";
import { RunHome } from "../../test/support/runHome.ts";
import { systemClock } from "../clock/system.ts";
import { LoomError } from "../errors/loomError.ts";
import type { CommandRecord, StrandRecord } from "../store/contract.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { StrandIndex } from "../registry/strandIndex.ts";
import type { Runs } from "../run/contract.ts";
import { quietLog } from "../testing/quietLog.ts";
import { CommandService } from "./service.ts";
import { OwnCommands } from "./own.ts";
import { wovenCommands } from "./woven.ts";

const WORKFLOW = '{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", run: ({ input }) => input }] }';

function commandsOf({ store, runs }: RunHome, stop = new AbortController().signal): OwnCommands {
  const woven = wovenCommands({ runs, weave: store.weave, driven: store.driven, clock: systemClock });
  return new OwnCommands({ commands: store.commands, woven, clock: systemClock, log: quietLog, stop });
}

/** A command that is stored, and no more. */
async function left({ store }: RunHome, id: string, input: number): Promise<CommandRecord> {
  const added = await store.commands.add({ id, strandId: "w", sourceId: null, kind: "run", by: "ann", askedAt: systemClock.now(), given: { input } });
  if (added.outcome !== "ok") throw new Error("it is there already");
  return added.command;
}

const runsOf = async ({ store }: RunHome) => (await store.runs.list({ strandId: "w", limit: 10 })).items;
const strandOf = async ({ store }: RunHome): Promise<StrandRecord> => (await store.strands.getMany(["w"]))[0]!;

it("stores a command before its run, so that Loom may die between the two", async () => {
  await using home = await RunHome.open();
  await home.weave(WORKFLOW);
  const seen: number[] = [];
  const woven = wovenCommands({
    runs: { start: async (_request, before) => (await before?.(), seen.push((await home.store.commands.list({ limit: 10 })).items.length), Promise.reject(new LoomError("STOPPING", "It dies."))) },
    weave: home.store.weave, driven: home.store.driven, clock: systemClock,
  });
  const dying = new OwnCommands({ commands: home.store.commands, woven, clock: systemClock, log: quietLog, stop: new AbortController().signal });
  await expect(dying.ask(await strandOf(home), { strandId: "w", kind: "run", by: "ann", input: 7 })).rejects.toMatchObject({ code: "STOPPING" });
  const [command] = (await home.store.commands.list({ limit: 10 })).items;
  expect([seen, command!.status, await runsOf(home)]).toEqual([[1], "asked", []]);
  // The next start.
  await commandsOf(home).takeUp(command!);
  const [run, ...more] = await runsOf(home);
  expect(more).toEqual([]);
  expect(await home.store.commands.get(command!.id)).toMatchObject({ status: "confirmed", runId: run!.id });
  expect((await home.ended(run!.id)).results).toEqual({ one: 7 });
});

it("starts no second run where the first began before Loom died", async () => {
  await using home = await RunHome.open();
  await home.weave(WORKFLOW);
  const command = await left(home, "c1", 7);
  const id = await home.begin("w", { onceKey: "command:c1", input: 7 });
  await Promise.all([commandsOf(home).takeUp(command), commandsOf(home).takeUp(command)]);
  expect(await home.store.commands.get("c1")).toMatchObject({ status: "confirmed", runId: id });
  expect((await runsOf(home)).map((run) => run.id)).toEqual([id]);
  await home.ended(id);
});

it("says of a run that was skipped that the command was refused, also when it is read later", async () => {
  await using home = await RunHome.open();
  await home.weave(WORKFLOW);
  const command = await left(home, "c1", 7);
  const { runId } = await home.runs.skip({ strandId: "w", trigger: "manual", by: "ann", onceKey: "command:c1", reason: "overlap", at: 1 });
  await commandsOf(home).takeUp(command);
  expect(await home.store.commands.get("c1")).toMatchObject({ status: "refused", runId, reason: "It was skipped: another run is under way." });
});

it("refuses what can no longer be carried out", async () => {
  await using home = await RunHome.open({ heldBy: () => "bea" });
  await home.weave(WORKFLOW);
  await commandsOf(home).takeUp(await left(home, "c1", 7));
  expect(await home.store.commands.get("c1")).toMatchObject({ status: "refused", reason: "w is paused by bea." });
});

it("refuses what Loom itself fails at, which nobody would try again", async () => {
  await using home = await RunHome.open();
  await home.weave(WORKFLOW);
  const woven = wovenCommands({ runs: { start: async (_request, before) => (await before?.(), Promise.reject(new RangeError("Invalid string length"))) }, weave: home.store.weave, driven: home.store.driven, clock: systemClock });
  const failing = new OwnCommands({ commands: home.store.commands, woven, clock: systemClock, log: quietLog, stop: new AbortController().signal });
  await expect(failing.ask(await strandOf(home), { strandId: "w", kind: "run", by: "ann" })).rejects.toThrow("Invalid string length");
  await failing.takeUp(await left(home, "c1", 7));
  const { items } = await home.store.commands.list({ limit: 10 });
  const refused = { status: "refused", reason: "Loom failed when it was to be carried out; its log says why." };
  expect(items).toMatchObject([refused, refused]);
});

it("takes up by itself what a full disk kept it from, and refuses it to who would ask anew", async () => {
  await using home = await RunHome.open();
  await home.weave(WORKFLOW);
  const full = new LoomError("STORE_UNAVAILABLE", "The disk is full.");
  let isFull = true;
  const woven = wovenCommands({
    runs: { start: async (request, before) => (isFull ? (await before?.(), Promise.reject(full)) : home.runs.start(request, before)) },
    weave: home.store.weave, driven: home.store.driven, clock: systemClock,
  });
  const clock = new FakeClock(systemClock.now());
  const commands = new OwnCommands({ commands: home.store.commands, woven, clock, log: quietLog, stop: new AbortController().signal });
  const wanted = { strandId: "w", kind: "run", by: "ann", input: 7 } as const;
  await expect(commands.ask(await strandOf(home), wanted)).rejects.toBe(full);
  await commands.settled();
  const [anew] = (await home.store.commands.list({ limit: 10 })).items;
  expect(anew).toMatchObject({ status: "refused", reason: "The disk is full.", runId: null });
  await expect(commands.ask(await strandOf(home), { ...wanted, onceKey: "k" })).rejects.toBe(full);
  await clock.advance(30_000);
  await commands.settled();
  const asked = (await home.store.commands.list({ limit: 10 })).items.find(({ id }) => id !== anew!.id);
  expect([asked!.status, await runsOf(home)]).toEqual(["asked", []]);
  isFull = false;
  await clock.advance(30_000);
  await commands.settled();
  const [run, ...more] = await runsOf(home);
  expect([await home.store.commands.get(asked!.id), more]).toMatchObject([{ status: "confirmed", runId: run!.id }, []]);
  await home.ended(run!.id);
});

it("takes up nothing that was withdrawn meanwhile", async () => {
  await using home = await RunHome.open();
  await home.weave(WORKFLOW);
  const command = await left(home, "c1", 7);
  await home.store.commands.move("c1", ["asked"], "refused", systemClock.now(), { reason: "Withdrawn by ann before it was sent." });
  await commandsOf(home).takeUp(command);
  expect(await runsOf(home)).toEqual([]);
});

it("is not withdrawn while it is carried out: the run would run on", async () => {
  await using home = await RunHome.open();
  await home.weave(WORKFLOW);
  const index = new StrandIndex(home.store, quietLog, systemClock);
  await index.start();
  const withdrawn = Promise.withResolvers<unknown>();
  const runs: Pick<Runs, "start"> = {
    start: async (request, before) => {
      await before?.();
      const [asked] = (await home.store.commands.list({ limit: 1 })).items;
      withdrawn.resolve(await service.withdraw(asked!.id, "bea").catch((error: unknown) => error));
      return home.runs.start(request);
    },
  };
  const woven = wovenCommands({ runs, weave: home.store.weave, driven: home.store.driven, clock: systemClock });
  const service: CommandService = new CommandService({ store: home.store, index, mirror: () => undefined, woven, clock: systemClock, log: quietLog });
  const command = await service.ask({ strandId: "w", kind: "run", by: "ann", input: 7 });
  expect([await withdrawn.promise, command]).toMatchObject([{ code: "CONFLICT" }, { status: "confirmed" }]);
  await home.ended(command.runId!);
  await service.stop();
  await index.stop();
});

it("does a run again once for each key", async () => {
  await using home = await RunHome.open();
  await home.weave(WORKFLOW);
  const { id } = await home.run("w", 1);
  const [first, second, third] = [await home.runs.retry(id, "ann", "start", "k1"), await home.runs.retry(id, "ann", "start", "k1"), await home.runs.retry(id, "ann", "start", "k2")];
  expect(second).toEqual({ outcome: "duplicate", runId: first.runId });
  expect(third.runId).not.toBe(first.runId);
});
