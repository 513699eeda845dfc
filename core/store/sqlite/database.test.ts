import { stat } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { Database } from "./database.ts";

describe("a reading of several statements", () => {
  it("sees one moment, and the next reading what was written meanwhile", async () => {
    await using both = await writerAndReader();
    const { writer, reader } = both;
    const seen = reader.atOneMoment(() => [count(reader), writer.run("INSERT INTO t VALUES (1)"), count(reader)]);
    expect(seen).toEqual([0, 1, 0]);
    expect(reader.atOneMoment(() => count(reader))).toBe(1);
  });

  it("that throws ends its moment as well", async () => {
    await using both = await writerAndReader();
    const { writer, reader } = both;
    expect(() => reader.atOneMoment(() => [count(reader), reader.all("SELECT * FROM nowhere")])).toThrow("nowhere");
    expect(reader.inTransaction).toBe(false);
    writer.run("INSERT INTO t VALUES (1)");
    expect(reader.atOneMoment(() => count(reader))).toBe(1);
  });
});

it("what the write-ahead log grew by while somebody read as of before is given back to the disk", async () => {
  await using both = await writerAndReader();
  const { writer, reader, logBytes } = both;
  const LARGE = 80_000_000;
  reader.atOneMoment(() => [count(reader), writer.run(`INSERT INTO t VALUES (zeroblob(${LARGE}))`)]);
  expect(await logBytes()).toBeGreaterThan(LARGE);
  writer.checkpoint();
  writer.run("INSERT INTO t VALUES (1)");
  expect(await logBytes()).toBeLessThan(LARGE);
});

const count = (db: Database): number => db.get<{ n: number }>("SELECT count(*) AS n FROM t")!.n;

async function writerAndReader(): Promise<AsyncDisposable & { writer: Database; reader: Database; logBytes: () => Promise<number> }> {
  const folder = await makeFolder();
  const writer = Database.forWriting(folder.at("loom.db"), 0);
  writer.exec("CREATE TABLE t (n)");
  const reader = Database.forReading(folder.at("loom.db"), 0);
  return {
    writer,
    reader,
    logBytes: async () => (await stat(folder.at("loom.db-wal"))).size,
    async [Symbol.asyncDispose]() {
      reader.close();
      writer.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
