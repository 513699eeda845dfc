import { describe, expect, it } from "vitest";
import { mirrored } from "../support/mirrored.ts";

describe("commands", () => {
  it("are confirmed when the owner shows the change", async () => {
    const { loom } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const command = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "disable", by: "ann" });
    expect(command.status).toBe("asked");
    await loom.until(async () => (await loom.store.commands.get(command.id))!.status === "confirmed");
    expect(loom.strand("job a")!.enabled).toBe(false);
    expect(loom.told().filter((type) => type.startsWith("command."))).toEqual(["command.asked", "command.sent", "command.confirmed"]);
  });

  it("carry the owner's words when it refuses", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.answer = async () => ({ accepted: false, reason: "already running" });
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" });
    await loom.until(async () => (await loom.store.commands.get(id))!.settledAt !== null);
    expect(await loom.store.commands.get(id)).toMatchObject({ status: "refused", reason: "already running", expectedWaitMs: null });
  });

  it("are asked again when their owner names a time for it", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    let asked = 0;
    source.answer = async () => (++asked === 1 ? { accepted: false, reason: "rate limit exceeded", retryAfterMs: 40_000 } : { accepted: true });
    const began = loom.clock.now();
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" });
    await loom.until(() => asked === 1);
    await loom.until(async () => (await loom.store.commands.get(id))!.status === "asked");
    expect(await loom.store.commands.get(id)).toMatchObject({ reason: "rate limit exceeded", expectedWaitMs: 40_000 });
    await loom.until(async () => (await loom.store.commands.get(id))!.status === "confirmed");
    expect(loom.clock.now() - began).toBeGreaterThanOrEqual(40_000);
  });

  it("wait in a queue for their owner's limit, with an estimate, in the order in which they were asked", async () => {
    const { loom, source } = await mirrored((source) => ["a", "b", "c"].forEach((id) => source.add(id)));
    await using _loom = loom;
    const passed: string[] = [];
    const began = loom.clock.mono();
    // One ask each ten seconds, told in fractions of a millisecond as a machine's clock has them.
    source.limit = (ahead) => Math.max(0, began + (passed.length + ahead) * 10_000 - loom.clock.mono() - 0.25);
    source.answer = async (jobId) => (passed.push(`${jobId} ${Math.round((loom.clock.mono() - began) / 1000)}`), { accepted: true });
    const commands = [];
    for (const name of ["job a", "job b", "job c"]) commands.push(await loom.commands.ask({ strandId: loom.strand(name)!.id, kind: "run", by: "ann" }));
    expect(commands.at(-1)!.expectedWaitMs).toBeGreaterThan(15_000);
    await loom.until(() => passed.length === 3);
    expect(passed).toEqual(["a 0", "b 10", "c 20"]);
  });

  it("that are stored are carried out, also where it cannot be told how long they wait", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const passed: string[] = [];
    source.answer = async (jobId) => (passed.push(jobId), { accepted: true });
    source.limit = () => (passed.length === 0 && loom.clock.mono() < 60_000 ? 60_000 : 0);
    const { move } = loom.store.commands;
    loom.store.commands.move = async () => {
      loom.store.commands.move = move;
      throw new Error("cannot store that");
    };
    expect(await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" })).toMatchObject({ status: "asked", expectedWaitMs: null });
    await loom.until(() => passed.length === 1);
  });

  it("that wait in the queue can be withdrawn, and no others", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const asked: string[] = [];
    source.answer = async (jobId) => (asked.push(jobId), { accepted: true });
    source.limit = () => (loom.clock.mono() < 60_000 ? 60_000 : 0);
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" });
    expect(await loom.commands.withdraw(id, "bob")).toMatchObject({ status: "refused", reason: "Withdrawn by bob before it was sent." });
    await expect(loom.commands.withdraw(id, "bob")).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(loom.commands.withdraw("nope", "bob")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await loom.pass(120_000);
    expect(asked).toEqual([]);
  });

  it("that waited for more than an hour are not sent any more", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const [strandId, sourceId] = [loom.strand("job a")!.id, loom.strand("job a")!.sourceId];
    await loom.store.commands.add({ id: "old", strandId, sourceId, kind: "run", by: "ann", askedAt: loom.clock.now() - 3_600_001 });
    source.answer = async () => ({ accepted: true });
    await loom.close();
    await loom.open();
    await loom.until(async () => (await loom.store.commands.get("old"))!.settledAt !== null);
    expect(await loom.store.commands.get("old")).toMatchObject({ status: "refused", sentAt: null });
  });

  it("link a run that was asked for with the person who asked", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" });
    await loom.until(async () => (await loom.store.commands.get(id))!.status === "confirmed");
    source.finish("a", 1, { ownerRunId: "asked 1", trigger: "manual" });
    await loom.look();
    const { runId } = (await loom.store.commands.get(id))!;
    expect((await loom.store.runs.get(runId!))!.run).toMatchObject({ trigger: "manual", triggerBy: "ann" });
  });

  it("that were never sent when Loom stopped are sent, and sent ones are read back", async () => {
    const { loom, source } = await mirrored((source) => (source.add("a"), source.add("b")));
    await using _loom = loom;
    const strandId = loom.strand("job a")!.id;
    const sourceId = loom.strand("job a")!.sourceId;
    const at = loom.clock.now();
    await loom.store.commands.add({ id: "never-sent", strandId, sourceId, kind: "run", by: "ann", askedAt: at });
    await loom.store.commands.add({ id: "happened", strandId, sourceId, kind: "disable", by: "ann", askedAt: at });
    await loom.store.commands.move("happened", ["asked"], "sent", at);
    await loom.store.commands.add({ id: "did-not", strandId: loom.strand("job b")!.id, sourceId, kind: "disable", by: "ann", askedAt: at });
    await loom.store.commands.move("did-not", ["asked"], "sent", at);
    await loom.close();
    source.edit("a", { enabled: false });
    await loom.open();
    const status = async (id: string): Promise<string> => (await loom.store.commands.get(id))!.status;
    await loom.until(async () => (await status("happened")) === "confirmed" && (await status("did-not")) === "refused");
    await loom.until(async () => (await status("never-sent")) === "confirmed");
  });

  it("to a strand that is not there are refused at once", async () => {
    const { loom } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    await expect(loom.commands.ask({ strandId: "nope", kind: "run", by: "ann" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("whose answer never comes are unknown until they are read back", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.answer = (jobId) => {
      source.edit(jobId, { enabled: false });
      return new Promise(() => {});
    };
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "disable", by: "ann" });
    await loom.until(async () => (await loom.store.commands.get(id))!.status === "confirmed");
    expect(loom.told()).toContain("command.unknown");
  });

  it("that are read back hold up no stop, however long their owner's runs are read", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    let isReading = false;
    source.runs = () => ((isReading = true), new Promise(() => {}));
    source.answer = async (jobId) => {
      source.edit(jobId, { historyMark: "news" });
      throw new Error("cut off");
    };
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "disable", by: "ann" });
    await loom.until(async () => (await loom.store.commands.get(id))!.status === "unknown" && isReading);
    await loom.commands.stop();
    expect((await loom.store.commands.get(id))!.status).toBe("unknown");
  });

  it("keep their order when two are asked of one strand", async () => {
    const { loom } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const strandId = loom.strand("job a")!.id;
    const [off, on] = await Promise.all([
      loom.commands.ask({ strandId, kind: "disable", by: "ann" }),
      loom.commands.ask({ strandId, kind: "enable", by: "bob" }),
    ]);
    await loom.until(async () => (await loom.store.commands.get(on!.id))!.status === "confirmed");
    expect((await loom.store.commands.get(off!.id))!.status).toBe("confirmed");
    expect(loom.strand("job a")!.enabled).toBe(true);
  });

  it("that cannot be sent through a fault of Loom's are refused, and hold up no others", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const strandId = loom.strand("job a")!.id;
    source.limit = () => {
      throw new Error("no idea");
    };
    const { id } = await loom.commands.ask({ strandId, kind: "run", by: "ann" });
    await loom.until(async () => (await loom.store.commands.get(id))!.status === "refused");
    source.limit = () => 0;
    const next = await loom.commands.ask({ strandId, kind: "run", by: "ann" });
    await loom.until(async () => (await loom.store.commands.get(next.id))!.status === "confirmed");
  });

  it("of which Loom could not read what came are read back later, whatever fails meanwhile", async () => {
    const { loom } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const { move } = loom.store.commands;
    let failing = 0;
    loom.store.commands.move = async (...args) => {
      if (args[2] === "confirmed" && failing++ < 2) throw new Error("cannot store that");
      return move(...args);
    };
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "disable", by: "ann" });
    await loom.until(async () => (await loom.store.commands.get(id))!.status === "confirmed");
    expect(loom.told().filter((type) => type.startsWith("command."))).toEqual(["command.asked", "command.sent", "command.unknown", "command.confirmed"]);
  });

  it("that an owner has not taken yet are a thousand at most", async () => {
    const { loom, source } = await mirrored((source) => (source.add("a"), source.add("b")));
    await using _loom = loom;
    source.limit = () => 3_600_000;
    const [a, b] = ["job a", "job b"].map((name) => loom.strand(name)!.id);
    const asked = await Promise.all(Array.from({ length: 1_000 }, () => loom.commands.ask({ strandId: a!, kind: "run", by: "ann" })));
    await expect(loom.commands.ask({ strandId: b!, kind: "run", by: "ann" })).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 60_000 });
    expect(asked).toHaveLength(1_000);
  });
});
