import { describe, expect, it } from "vitest";
import { aStrand } from "../../../test/contract/fixtures.ts";
import { LoomError } from "../../errors/loomError.ts";
import type { StrandRecord } from "../contract.ts";
import { StrandView, type StrandReader } from "./strandView.ts";

describe("the strands as last read", () => {
  it("are read once, and then only those that were touched", async () => {
    const database = fakeDatabase("a", "b", "c");
    const view = new StrandView(database);
    expect(names(await view.all())).toEqual(["a", "b", "c"]);
    database.rename("b", "B");
    view.touch("b");
    expect(names(await view.all())).toEqual(["B", "a", "c"]);
    expect(names(await view.getMany(["c", "b", "nobody"]))).toEqual(["c", "B"]);
    expect(database.reads).toEqual(["ids", "a,b,c", "b", "nobody"]);
  });

  it("show what was touched while others were being read", async () => {
    const database = fakeDatabase("a", "b");
    const view = new StrandView(database);
    await view.all();
    database.rename("a", "A");
    view.touch("a");
    const first = view.all();
    database.rename("b", "B");
    view.touch("b");
    expect(names(await view.all())).toEqual(["A", "B"]);
    expect(names(await first)).toContain("A");
  });

  it("are read again after a read that failed", async () => {
    const database = fakeDatabase("a");
    const view = new StrandView(database);
    await view.all();
    database.rename("a", "A");
    view.touch("a");
    database.failing = true;
    await expect(view.all()).rejects.toThrow("no luck");
    database.failing = false;
    expect(names(await view.all())).toEqual(["A"]);
  });

  it("go on where the database is damaged under one of them, which stays as it was", async () => {
    const database = fakeDatabase("a", "b", "c");
    const view = new StrandView({
      idsOnPage: () => database.idsOnPage(),
      getMany: (ids) => (isDamaged && ids.includes("b") ? Promise.reject(new LoomError("STORE_CORRUPT", "The database disk image is malformed.")) : database.getMany(ids)),
    });
    let isDamaged = true;
    await expect(view.all()).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    isDamaged = false;
    await view.all();
    isDamaged = true;
    for (const id of ["a", "b", "c"]) {
      database.rename(id, id.toUpperCase());
      view.touch(id);
    }
    expect(names(await view.getMany(["a", "b", "c"]))).toEqual(["A", "b", "C"]);
  });

  it("hold nothing of those that are gone, which are read when somebody asks for them", async () => {
    const database = fakeDatabase("a", "b");
    const view = new StrandView(database);
    await view.all();
    database.leave("a");
    view.touch("a");
    expect(names(await view.all())).toEqual(["b"]);
    database.rename("a", "A");
    expect(names(await view.getMany(["b", "a"]))).toEqual(["b", "A"]);
    expect(database.reads).toEqual(["ids", "a,b", "a", "a"]);
  });

  it("are told as they were when asked for, also of one that leaves while another is read", async () => {
    const database = fakeDatabase("a", "b");
    database.leave("b");
    const view = new StrandView(database);
    await view.all();
    const asked = view.getMany(["a", "b"]);
    database.leave("a");
    view.touch("a");
    await view.all();
    expect(names(await asked)).toEqual(["a", "b"]);
  });

  it("are all read where an answer tells of the first ones alone, and unknown ones are among them", async () => {
    const database = fakeDatabase("a", "b", "c", "d");
    database.most = 2;
    const view = new StrandView(database);
    expect(names(await view.all())).toEqual(["a", "b", "c", "d"]);
    for (const id of ["a", "b", "c", "d"]) database.leave(id);
    for (const id of ["a", "b", "c", "d"]) view.touch(id);
    await view.all();
    expect(names(await view.getMany(["a", "nobody", "d", "c", "b", "none"]))).toEqual(["a", "d", "c", "b"]);
    expect(database.reads.slice(-3)).toEqual(["a,nobody,d,c,b,none", "c,b,none", "none"]);
  });

  it("are read a hundred at a time", async () => {
    const database = fakeDatabase(...Array.from({ length: 250 }, (_, n) => `s${n}`));
    const view = new StrandView(database);
    expect(await view.all()).toHaveLength(250);
    expect(database.reads.map((ids) => ids.split(",").length)).toEqual([1, 100, 100, 50]);
  });
});

function names(strands: readonly StrandRecord[]): string[] {
  return strands.map((strand) => strand.name);
}

function fakeDatabase(...ids: string[]) {
  const strands = new Map(ids.map((id) => [id, recordOf(id)]));
  const database = {
    strands,
    reads: [] as string[],
    failing: false,
    /** So many are told of in one answer. */
    most: Infinity,
    rename: (id: string, name: string) => void strands.set(id, { ...strands.get(id)!, name }),
    leave: (id: string) => void strands.set(id, { ...strands.get(id)!, goneAt: 5 }),
    async idsOnPage() {
      database.reads.push("ids");
      return [...strands.values()].filter(({ goneAt }) => goneAt === null).map(({ id }) => id);
    },
    async getMany(wanted: readonly string[]) {
      return database.read(wanted.join(), wanted);
    },
    read(what: string, wanted: readonly string[]): StrandRecord[] {
      if (database.failing) throw new Error("no luck");
      database.reads.push(what);
      return wanted.flatMap((id) => strands.get(id) ?? []).slice(0, database.most);
    },
  };
  return database satisfies StrandReader;
}

function recordOf(id: string): StrandRecord {
  return {
    ...aStrand(id), kind: "mirrored", woven: null, nodeId: "n", sourceId: "s", importedMark: null, historyComplete: true, firstSeenAt: 1, editedAt: 1,
    scheduledAt: 1, switchedAt: 1, version: 1, graceMs: null, p95Ms: null, missed: null, changes: [], paused: null, goneAt: null, activeRun: null, lastRun: null, redRuns: 0, recent: [], stepStates: [],
  };
}
