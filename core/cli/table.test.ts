import { expect, test } from "vitest";
import { table, type Column } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { widthOf } from "./text.ts";

const terminal = (columns: number, colours = false): Terminal => ({
  out: () => {},
  err: () => {},
  columns,
  paint: (colour, text) => (colours ? `<${colour}>${text}</>` : text),
});

interface Job {
  readonly name: string;
  readonly took: string;
}
const columns: Column<Job>[] = [
  { title: "NAME", cell: ({ name }) => name, shrinks: true },
  { title: "TOOK", cell: ({ took }) => ({ text: took, colour: "red" }), align: "right" },
];
const jobs: Job[] = [
  { name: "nightly report of everything", took: "5s" },
  { name: "日報", took: "1h 5m" },
];

test("columns are aligned, wide characters included", () => {
  expect(table(jobs, columns, terminal(Infinity))).toEqual([
    "NAME                           TOOK",
    "nightly report of everything     5s",
    "日報                          1h 5m",
  ]);
});

test("on a narrow terminal the columns that may give way are cut", () => {
  const lines = table(jobs, columns, terminal(20));
  expect(lines[1]).toBe("nightly repo…     5s");
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(20);
});

test("an optional column without content is left out", () => {
  const withNote = (note: string): string => table(jobs, [...columns, { title: "NOTE", cell: () => note, optional: true }], terminal(Infinity))[0]!;
  expect(withNote("")).not.toContain("NOTE");
  expect(withNote("late")).toMatch(/NOTE$/);
});

test("a name cannot forge a line or a colour", () => {
  const [, line] = table([{ name: "a\n\x1b[2Jb", took: "" }], columns, terminal(Infinity));
  expect(line).toBe("a\\n\\x1b[2Jb");
});

test("colours do not count as width", () => {
  expect(table([{ name: "x", took: "5s" }], columns, terminal(80, true))[1]).toBe("x       <red>5s</>");
});
