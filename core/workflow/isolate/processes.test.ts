import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Clock } from "../../clock/clock.ts";
import { systemClock } from "../../clock/system.ts";
import { newId } from "../../ids/uuid.ts";
import { startTimeOf } from "../../processIdentity.ts";
import { MARKER, markerOf } from "./marker.ts";
import { endProcess, endProcesses, endProcessesNow } from "./processes.ts";

const marker = markerOf("processes", newId(systemClock));
const FEW_LOOKS = 100;
let children: readonly ChildProcess[] = [];
let looks = 0;
/** A wait without end is a mistake that is told. */
const clock = {
  sleep: (ms: number) => (++looks > FEW_LOOKS ? Promise.reject(new Error("It looks again and again.")) : systemClock.sleep(ms)),
} as Clock;

/** Two programs, of which the first is another user's as soon as it is killed. */
beforeEach(async () => {
  looks = 0;
  children = [1, 2].map(() => spawn("sleep", ["1000"], { env: { ...process.env, [MARKER]: marker } }));
  await Promise.all(children.map((child) => once(child, "spawn")));
  const kill = process.kill.bind(process);
  vi.spyOn(process, "kill").mockImplementation((pid, signal) => {
    if (pid === children[0]!.pid) throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
    return kill(pid, signal);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const child of children) child.kill("SIGKILL");
});

it("ends what is ours, and waits for nothing that another user's program is", async () => {
  expect(await endProcesses(clock, { marker })).toBe(1);
});

it("counts at once what it ends, and nothing else, so that who asks until there is none comes to an end", async () => {
  const gone = once(children[1]!, "exit");
  expect(endProcessesNow({ marker })).toBe(1);
  await gone;
  expect(endProcessesNow({ marker })).toBe(0);
});

it("waits for the end of no process that it may not end", async () => {
  const pid = children[0]!.pid!;
  await endProcess(clock, { pid, startTime: startTimeOf(pid) }, marker);
  expect(looks).toBe(0);
});

it("ends no process that works for another node, as a database tells of that was copied from there", async () => {
  const [child] = children.slice(1);
  const identity = { pid: child!.pid!, startTime: startTimeOf(child!.pid!) };
  await endProcess(clock, identity, markerOf("another"));
  expect(startTimeOf(identity.pid)).toBe(identity.startTime);
  const gone = once(child!, "exit");
  await Promise.all([endProcess(clock, identity, marker), gone]);
});
