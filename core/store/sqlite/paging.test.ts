import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { Database } from "./database.ts";
import { inOrder, pageOf, positionOf } from "./paging.ts";

it("the cursor of a page is read back, whatever its owner put into an id", () => {
  const last = { time: 12, id: "source:two\nlines_and more" };
  const { next } = pageOf([last, last], 1, (row) => row, (row) => row);
  expect(positionOf(next)).toEqual(last);
});

it("a page of long items ends early, never without one, and the next goes on after what was given", () => {
  const rows = [300_000, 300_000, 10, 3_000_000, 10].map((length, n) => ({ time: 9 - n, id: "r", text: "\u0001".repeat(length) }));
  const pages: number[][] = [];
  for (let next: string | null = "10_r"; next !== null; ) {
    const { time } = positionOf(next);
    const page = pageOf(rows.filter((row) => row.time < time), 4, (row) => row, (row) => row);
    pages.push(page.items.map((row) => row.time));
    next = page.next;
  }
  expect(pages).toEqual([[9], [8, 7], [6], [5]]);
});

it("of a thousand long rows no more are read than a page has room for, from however many walks they come", async () => {
  await using folder = await makeFolder();
  const db = Database.forWriting(folder.at("notes.db"), 100);
  db.exec("CREATE TABLE notes (status TEXT, at INTEGER, id TEXT, text TEXT)");
  db.exec("CREATE INDEX notes_by_status ON notes (status, at, id)");
  db.run("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) INSERT INTO notes SELECT iif(i % 3, 'open', 'done'), i, 'r', ? FROM n", "x".repeat(500_000));
  let read = 0;
  const counted = {
    all: (sql: string, ...values: []) => db.all(sql, ...values).map((row) => (read++, row)),
    *each(sql: string, ...values: []) {
      for (const row of db.each(sql, ...values)) yield (read++, row);
    },
  } as unknown as Database;
  const walks = ["open", "done"].map((status) => ({ sql: "SELECT at AS time, id, text FROM notes INDEXED BY notes_by_status WHERE status = ?", values: [status] }));
  const page = pageOf(inOrder<{ time: number; id: string }>(counted, walks, "time DESC, id DESC", 51), 50, (row) => row, (row) => row);
  expect([page.items.map(({ time }) => time), page.next, read]).toEqual([[50, 49, 48, 47], "47_r", 5]);
  db.close();
});
