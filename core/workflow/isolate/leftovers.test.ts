import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { eventually } from "../../../test/support/eventually.ts";
import { IsolateStage, versionOf } from "../../../test/support/isolateStage.ts";
import { systemClock } from "../../clock/system.ts";
import { newId } from "../../ids/uuid.ts";
import { MARKER, markerOf } from "./marker.ts";
import { findProcesses, startTimeOf } from "./processes.ts";

const PARENT = fileURLToPath(new URL("../../../test/support/isolateParent.ts", import.meta.url));
const STEPS = [
  '({ log }) => { log.info("ready"); setImmediate(() => { for (;;); }); return new Promise(() => {}); }',
  '({ log, run }) => { const done = run("sh", ["-c", "while :; do :; done"]); log.info("ready"); return done; }',
  '({ log }) => { require("node:child_process").spawn("sh", ["-c", "setsid sleep 1000 & sleep 1000"], { detached: true, stdio: "ignore", env: {} }); log.info("ready"); return new Promise(() => {}); }',
  '({ log }) => { log.info("ready"); setImmediate(() => require("node:child_process").execSync("sleep 1000")); return new Promise(() => {}); }',
];

/** A process with isolates in which all these steps are at work. */
async function startParent(nodeId: string, steps: readonly string[]): Promise<{ readonly child: ChildProcess; readonly host: { pid: number; startTime: number } }> {
  const child = spawn(process.execPath, [PARENT, nodeId, JSON.stringify(steps)], { stdio: ["pipe", "pipe", "inherit"] });
  const host = { pid: 0, startTime: 0 };
  let ready = 0;
  for await (const line of createInterface(child.stdout!)) {
    const [word, pid, startTime] = line.split(" ");
    if (word === "placed") Object.assign(host, { pid: Number(pid), startTime: Number(startTime) });
    if (word === "ready" && ++ready === steps.length) break;
  }
  return { child, host };
}

it("SIGKILL of the gateway leaves no process, whatever the steps were at", async () => {
  const nodeId = newId(systemClock);
  const { child } = await startParent(nodeId, STEPS);
  const alive = () => findProcesses({ marker: markerOf(nodeId) });
  // The host, a shell, another with two sleeps, and a shell or a sleep of the last one.
  await eventually(alive, (pids) => pids.length >= 5);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await eventually(alive, (pids) => pids.length === 0)).toEqual([]);
});

it("the next gateway ends what a host that was halted could not, before anything else", async () => {
  const nodeId = newId(systemClock);
  const { child, host } = await startParent(nodeId, [STEPS[1]!, STEPS[2]!]);
  process.kill(host.pid, "SIGSTOP");
  child.kill("SIGKILL");
  await once(child, "exit");
  const found = await findProcesses({ marker: markerOf(nodeId) });
  expect(found).toContain(host.pid);
  await using stage = new IsolateStage({}, nodeId);
  await stage.isolates.endLeftovers([host]);
  expect(await stage.processes()).toEqual([]);
});

it("leftovers are those of earlier gateways of this node: its own hosts and other nodes' stay", async () => {
  await using other = new IsolateStage();
  await using stage = new IsolateStage();
  const version = versionOf({ one: "() => 1" });
  await Promise.all([stage.step(version, "one"), other.step(version, "one")]);
  await stage.isolates.endLeftovers();
  expect([await stage.processes(), await other.processes()].map((pids) => pids.length)).toEqual([1, 1]);
});

it("a stored host is ended by id and start time: a later process of the same id is left alone", async () => {
  await using stage = new IsolateStage();
  const bystander = spawn("sleep", ["1000"]);
  await once(bystander, "spawn");
  const identity = { pid: bystander.pid!, startTime: startTimeOf(bystander.pid!) };
  await stage.isolates.endLeftovers([{ ...identity, startTime: identity.startTime - 1 }]);
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
  const gone = once(bystander, "exit");
  await stage.isolates.endLeftovers([identity]);
  expect(await gone).toEqual([null, "SIGKILL"]);
});

it("is in a session of its own, before others when memory runs out, and bears its marker", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ tell: `() => { const fs = require("node:fs"); return [process.pid, fs.readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[3], fs.readFileSync("/proc/self/oom_score_adj", "utf8").trim(), process.env.${MARKER}]; }` });
  const outcome = await stage.step(version, "tell");
  const [pid, session, score, marker] = outcome.is === "completed" ? (outcome.data as [number, string, string, string]) : [];
  expect(session).toBe(`${pid}`);
  expect(Number(score)).toBeGreaterThanOrEqual(800);
  expect(marker).toMatch(new RegExp(`^${stage.nodeId}\\.[^.]+\\.h1\\.t1\\.$`));
});
