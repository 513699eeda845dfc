/**
 * `npm run guards [-- <words>]`: takes one guard after the other out of a copy of the source, and runs the tests that must
 * notice, and that pass with it. Prints a table, and fails when a guard can go without a test that fails. Words choose guards by what
 * they keep out and by their file.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { table } from "../../core/cli/table.ts";
import { processTerminal } from "../../core/cli/terminal.ts";
import type { Guard } from "./guard.ts";
import { guards } from "./table.ts";

interface Outcome extends Guard {
  /** The first test that failed; null: nobody noticed. */
  readonly noticed: string | null;
  /** A test that fails also with the guard in its place, and so tells nothing. */
  readonly anyway: string | null;
}

const repository = fileURLToPath(new URL("../..", import.meta.url));
const COPIED = ["core", "plugins", "operations", "workflows", "public", "config", "test", "docs", "package.json", "package-lock.json", "tsconfig.json", "vitest.config.ts", "README.md"];

/** A test that waits for a refusal in vain is not to take its full time. */
const LONGEST_MS = 15_000;

/** Tests that pass with all guards in place. */
const passed = new Set<string>();
const words = process.argv.slice(2);
const terminal = processTerminal(process.env);
const copy = mkdtempSync(join(tmpdir(), "loom-guards-"));
try {
  for (const name of COPIED) cpSync(join(repository, name), join(copy, name), { recursive: true });
  symlinkSync(join(repository, "node_modules"), join(copy, "node_modules"));
  const outcomes = guards.filter(({ keepsOut, file }) => words.every((word) => `${keepsOut} ${file}`.includes(word))).map(without);
  const columns = [
    { title: "KEEPS OUT", cell: ({ keepsOut }: Outcome) => keepsOut },
    { title: "TAKEN OUT OF", cell: ({ file }: Outcome) => file },
    { title: "NOTICED BY", cell: ({ noticed, anyway }: Outcome) => (noticed !== null ? { text: noticed, colour: "green" as const } : { text: anyway === null ? "NOBODY" : `FAILS ANYWAY: ${anyway}`, colour: "red" as const }) },
  ];
  console.log(`\n${table(outcomes, columns, { ...terminal, columns: Infinity }).join("\n")}`);
  process.exitCode = outcomes.every(({ noticed }) => noticed !== null) ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function without(guard: Guard): Outcome {
  const anyway = failsAnyway(guard);
  if (anyway !== null) return tell({ ...guard, noticed: null, anyway });
  const path = join(copy, guard.file);
  const source = readFileSync(path, "utf8");
  writeFileSync(path, source.replace(guard.from, () => guard.to));
  try {
    return tell({ ...guard, noticed: failedTest(guard), anyway });
  } finally {
    writeFileSync(path, source);
  }
}

function tell(outcome: Outcome): Outcome {
  const { keepsOut, noticed, anyway } = outcome;
  console.log(noticed !== null ? terminal.paint("dim", keepsOut) : `${terminal.paint("red", keepsOut)}: ${anyway === null ? "nobody noticed" : "its tests fail anyway"}`);
  return outcome;
}

/** A test that fails with the guard in its place, also the second time: a busy machine may have made it late. */
function failsAnyway(guard: Guard): string | null {
  const key = JSON.stringify([guard.tests, guard.named]);
  if (passed.has(key)) return null;
  const failed = failedTest(guard) && failedTest(guard);
  if (failed === null) passed.add(key);
  return failed;
}

function failedTest({ tests, named }: Guard): string | null {
  const output = join(copy, "report.json");
  rmSync(output, { force: true });
  spawnSync(process.execPath, [join(copy, "node_modules/vitest/vitest.mjs"), "run", "--bail=1", "--reporter=json", `--outputFile=${output}`, `--testTimeout=${LONGEST_MS}`, ...(named === undefined ? [] : ["-t", named]), ...tests], { cwd: copy, stdio: "ignore" });
  const report = JSON.parse(readFileSync(output, "utf8")) as { testResults: { assertionResults: { status: string; fullName: string }[] }[] };
  return report.testResults.flatMap(({ assertionResults }) => assertionResults).find(({ status }) => status === "failed")?.fullName ?? null;
}
