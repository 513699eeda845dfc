import fc from "fast-check";
import { expect, it } from "vitest";
import { ROWS_OF_RUN } from "./machine/state.ts";
import { OpenRuns } from "./openRuns.ts";
import type { Runner } from "./runner.ts";

const STRANDS = ["a", "b"];

it("knows at any time how many rows the others have, whatever runs come, grow and end", () => {
  const happening = fc.record({ run: fc.nat(5), is: fc.constantFrom("add", "remove", "counted"), rows: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(happening), (happenings) => {
      const runners = Array.from({ length: 6 }, (_, n) => ({ id: `${n}`, run: { strandId: STRANDS[n % 2] }, rows: 0 }) as unknown as { rows: number } & Runner);
      const open = new OpenRuns();
      const there = new Set<Runner>();
      for (const { run, is, rows } of happenings) {
        const runner = runners[run]!;
        runner.rows = rows;
        if (is !== "counted" && there.has(runner) === (is === "add")) open.counted(runner);
        else open[is](runner);
        if (is === "add") there.add(runner);
        if (is === "remove") there.delete(runner);
      }
      for (const one of runners) {
        const beside = [...there].filter((other) => other !== one);
        const sum = (some: readonly Runner[]): number => some.reduce((all, other) => all + other.rows + ROWS_OF_RUN, 0);
        expect(open.rowsBeside(one)).toEqual({ own: sum(beside.filter(({ run }) => run.strandId === one.run.strandId)), all: sum(beside) });
      }
    }),
  );
});
