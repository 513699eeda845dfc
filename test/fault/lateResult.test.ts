import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { makeFolder, type Folder } from "../support/folder.ts";
import { RunHome } from "../support/runHome.ts";

/** Longer than a step takes to begin on a busy machine, since it is halted within. */
const TIMEOUT_MS = 3_000;

/** A step whose first attempt tells its process and takes half its time; the second one tells whether that process is still there. */
const slow = (folder: Folder): string => `{ id: "w", name: "W", steps: [{ id: "slow", label: "SLOW", timeoutMs: ${TIMEOUT_MS}, retries: 1, backoff: { initialMs: 1 }, run: async ({ attempt }) => {
  const fs = process.getBuiltinModule("node:fs");
  const file = ${JSON.stringify(folder.at("pid"))};
  if (attempt === 2) return { attempt, isThere: fs.existsSync("/proc/" + fs.readFileSync(file, "utf8")) };
  fs.writeFileSync(file, String(process.pid));
  // Deaf to its signal.
  await new Promise((resolve) => setTimeout(resolve, ${TIMEOUT_MS / 2}));
  return { attempt };
} }] }`;

/** A run of it whose host is halted once its step has begun. */
async function halted(home: RunHome, folder: Folder): Promise<{ id: string; pid: number }> {
  await home.weave(slow(folder));
  const id = await home.begin("w");
  await home.heard("step.started", id, "slow");
  const pid = Number(await readFile(folder.at("pid"), "utf8"));
  process.kill(pid, "SIGSTOP");
  return { id, pid };
}

const attemptsOf = async (home: RunHome, id: string): Promise<unknown[]> => (await home.store.driven.attempts(id)).map(({ attempt, status, code }) => [attempt, status, code]);
const ends = (home: RunHome, id: string): string[] => home.told(id).filter((event) => /^(run\.finished|step\.(completed|failed|retrying))/.test(event));

it("changes nothing when a host that was halted past a step's time goes on and tells a result", async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open();
  const { id, pid } = await halted(home, folder);
  await systemClock.sleep(TIMEOUT_MS + 100);
  process.kill(pid, "SIGCONT");
  expect(await home.ended(id)).toMatchObject({ status: "succeeded", rows: ["slow completed"], results: { slow: { attempt: 2 } } });
  expect(await attemptsOf(home, id)).toEqual([[1, "retrying", "timeout"], [2, "completed", null]]);
  expect(ends(home, id)).toEqual(["step.retrying slow", "step.completed slow", "run.finished"]);
});

it("tries a step elsewhere only when the host that was halted is gone, so that nobody is left to tell a late result", async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open();
  const { id, pid } = await halted(home, folder);
  expect(await home.ended(id)).toMatchObject({ status: "succeeded", results: { slow: { attempt: 2, isThere: false } } });
  expect(() => process.kill(pid, "SIGCONT")).toThrow("ESRCH");
  expect(await attemptsOf(home, id)).toEqual([[1, "retrying", "timeout"], [2, "completed", null]]);
});

it("changes nothing when a plugin's step answers after it was given up and tried again", async () => {
  await using home = await RunHome.open({ graceMs: 0 });
  const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let calls = 0;
  home.plugin({ executors: [{ kind: "deaf", recovery: "retry", execute: () => answers[calls++]!.promise }] });
  await home.weave('{ id: "w", name: "W", steps: [{ id: "deaf", label: "DEAF", executor: "deaf", timeoutMs: 500, retries: 1, backoff: { initialMs: 1 } }] }');
  const id = await home.begin("w");
  await home.heard("step.retrying", id, "deaf");
  answers[0]!.resolve("late");
  answers[1]!.resolve("in time");
  expect(await home.ended(id)).toMatchObject({ status: "succeeded", results: { deaf: "in time" } });
  expect(await attemptsOf(home, id)).toEqual([[1, "retrying", "timeout"], [2, "completed", null]]);
  expect(ends(home, id)).toEqual(["step.retrying deaf", "step.completed deaf", "run.finished"]);
});
