/** `npm run bench [-- <name> …]`: measures, prints one table, and fails when a bound is broken. */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { table } from "../../core/cli/table.ts";
import { processTerminal } from "../../core/cli/terminal.ts";
import { systemClock } from "../../core/clock/system.ts";
import { sourceCache } from "../../core/ownFiles.ts";
import type { BenchRow } from "./row.ts";

type Bench = () => Promise<BenchRow[]>;

// As `npm start` does from the repository.
process.env.NODE_COMPILE_CACHE ??= sourceCache();

const terminal = processTerminal(process.env);
const wanted = process.argv.slice(2);

console.log(`${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, disk ${Math.round(commitsASecond())} commits a second`);
const rows: BenchRow[] = [];
for (const [name, bench] of await benches()) {
  console.log(terminal.paint("dim", `measuring ${name} …`));
  rows.push(...(await bench()));
}
const lines = table(
  rows,
  [
    { title: "WHAT", cell: ({ what }) => what },
    { title: "BOUND", cell: ({ bound }) => bound },
    { title: "MEASURED", cell: ({ measured }) => measured },
    { title: "BESIDE", cell: ({ beside }) => beside },
    { title: "RATIO", cell: ({ ratio }) => ratio, align: "right" },
    { title: "", cell: ({ ok }) => (ok ? { text: "ok", colour: "green" } : { text: "TOO SLOW", colour: "red" }) },
  ],
  { ...terminal, columns: Infinity },
);
console.log(`\n${lines.join("\n")}`);
process.exit(rows.every(({ ok }) => ok) ? 0 : 1);

/** Every file here that exports a function whose name ends in `Bench`; of those, the ones named on the command line. */
async function benches(): Promise<[string, Bench][]> {
  const found: [string, Bench][] = [];
  for (const file of (await readdir(import.meta.dirname)).filter((name) => name.endsWith(".ts") && name !== "run.ts").sort()) {
    if (wanted.length > 0 && !wanted.includes(file.slice(0, -3))) continue;
    const exported = (await import(`./${file}`)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) {
      if (name.endsWith("Bench") && typeof value === "function") found.push([name, value as Bench]);
    }
  }
  return found;
}

/** How often in a second this disk makes a small write durable: nothing durable can be quicker. */
function commitsASecond(): number {
  const folder = mkdtempSync(join(tmpdir(), "loom-bench-"));
  const file = openSync(join(folder, "commits"), "w");
  try {
    const begun = systemClock.mono();
    let count = 0;
    for (; systemClock.mono() - begun < 500; count++) {
      writeSync(file, "x".repeat(4096));
      fsyncSync(file);
    }
    return (count * 1000) / (systemClock.mono() - begun);
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
