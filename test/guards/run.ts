/**
 * `npm run guards [-- <words>]`: takes one guard after the other out of a copy of the source, and runs the tests that must
 * notice. Prints a table, and fails when a guard can go without a test that fails. Words choose guards by what they keep out.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { table } from "../../core/cli/table.ts";
import { processTerminal } from "../../core/cli/terminal.ts";
import { guards, type Guard } from "./table.ts";

interface Outcome extends Guard {
  /** The first test that failed; null: nobody noticed. */
  readonly noticed: string | null;
}

const repository = fileURLToPath(new URL("../..", import.meta.url));
const COPIED = ["core", "plugins", "operations", "workflows", "public", "config", "test", "docs", "package.json", "package-lock.json", "tsconfig.json", "vitest.config.ts", "README.md"];

const words = process.argv.slice(2);
const terminal = processTerminal(process.env);
const copy = mkdtempSync(join(tmpdir(), "loom-guards-"));
try {
  for (const name of COPIED) cpSync(join(repository, name), join(copy, name), { recursive: true });
  symlinkSync(join(repository, "node_modules"), join(copy, "node_modules"));
  const outcomes = guards.filter(({ keepsOut }) => words.every((word) => keepsOut.includes(word))).map(without);
  const columns = [
    { title: "KEEPS OUT", cell: ({ keepsOut }: Outcome) => keepsOut },
    { title: "TAKEN OUT OF", cell: ({ file }: Outcome) => file },
    { title: "NOTICED BY", cell: ({ noticed }: Outcome) => (noticed !== null ? { text: noticed, colour: "green" as const } : { text: "NOBODY", colour: "red" as const }) },
  ];
  console.log(`\n${table(outcomes, columns, { ...terminal, columns: Infinity }).join("\n")}`);
  process.exitCode = outcomes.every(({ noticed }) => noticed !== null) ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function without(guard: Guard): Outcome {
  const path = join(copy, guard.file);
  const source = readFileSync(path, "utf8");
  writeFileSync(path, source.replace(guard.from, () => guard.to));
  try {
    const noticed = failedTest(guard.tests);
    console.log(`${terminal.paint(noticed === null ? "red" : "dim", guard.keepsOut)}${noticed === null ? ": nobody noticed" : ""}`);
    return { ...guard, noticed };
  } finally {
    writeFileSync(path, source);
  }
}

/** A test that waits for a refusal in vain is not to take its full time. */
function failedTest(tests: readonly string[]): string | null {
  const output = join(copy, "report.json");
  rmSync(output, { force: true });
  spawnSync(process.execPath, [join(copy, "node_modules/vitest/vitest.mjs"), "run", "--bail=1", "--reporter=json", `--outputFile=${output}`, "--testTimeout=5000", ...tests], { cwd: copy, stdio: "ignore" });
  const report = JSON.parse(readFileSync(output, "utf8")) as { testResults: { assertionResults: { status: string; fullName: string }[] }[] };
  return report.testResults.flatMap(({ assertionResults }) => assertionResults).find(({ status }) => status === "failed")?.fullName ?? null;
}
