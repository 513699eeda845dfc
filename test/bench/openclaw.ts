import { spawn } from "node:child_process";
import { once } from "node:events";
import { WebSocket } from "ws";
import { systemClock } from "../../core/clock/system.ts";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { startOpenClaw, type OpenClaw } from "../support/openclaw.ts";
import { openClawCommand } from "../support/openclawInstall.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const JOBS = 50;
const RUNS = 40;
const CLI_CALLS = 3;

/** From OpenClaw's own word that a run is over to the event, which is sent when the run is stored. */
export async function openclawBench(): Promise<BenchRow[]> {
  await using openclaw = await startOpenClaw({ version: "2026.9.6" });
  const ids: string[] = [];
  for (let n = 0; n < JOBS; n++) ids.push((await openclaw.addCommandJob({ name: `job ${n}`, command: "echo done" })).id);
  await using loom = await GatewayProcess.start({ env: { OPENCLAW_STATE_DIR: openclaw.stateDir } });
  await eventually(() => loom.all("/strands"), (strands) => strands.length >= JOBS);
  const feed = await openFeed(loom);

  const samples: number[] = [];
  for (let n = 0; n < RUNS; n++) {
    const id = ids[n % ids.length]!;
    const stored = feed.runFinished(id);
    const finished = openclaw.run(id).then(() => systemClock.mono());
    const [theirs, ours] = await Promise.all([finished, stored]);
    samples.push(Math.max(0, ours - theirs));
  }
  feed.close();

  const cli = await cliCalls(openclaw, ids[0]!);
  const p95 = percentile(samples, 0.95);
  return [
    {
      what: `OpenClaw run finished → row stored and event sent (${JOBS} jobs)`,
      bound: "p95 ≤ 250 ms",
      measured: `p50 ${percentile(samples, 0.5).toFixed(0)} ms, p95 ${p95.toFixed(0)} ms`,
      beside: `one \`openclaw cron runs\` ${cli.toFixed(0)} ms`,
      ratio: (p95 / cli).toFixed(2),
      ok: p95 <= 250,
    },
  ];
}

/** A live feed that tells when a job's run is over. */
async function openFeed(loom: GatewayProcess): Promise<{ runFinished(jobId: string): Promise<number>; close(): void }> {
  const socket = new WebSocket(`${loom.address.replace("http", "ws")}/ws/loom`);
  await once(socket, "open");
  const waiting = new Map<string, (at: number) => void>();
  const hello = Promise.withResolvers<void>();
  socket.on("message", (data) => {
    const message = JSON.parse(String(data));
    if (message.type === "hello") hello.resolve();
    if (message.type === "ping") socket.send(JSON.stringify({ type: "pong" }));
    if (message.event?.type !== "run.finished") return;
    const jobId = String(message.event.strandId).split(":").at(-1)!;
    waiting.get(jobId)?.(systemClock.mono());
    waiting.delete(jobId);
  });
  socket.send(JSON.stringify({ type: "hello", token: loom.token }));
  await hello.promise;
  return {
    runFinished: (jobId) => new Promise((resolve) => void waiting.set(jobId, resolve)),
    close: () => socket.close(),
  };
}

/** Median milliseconds of a person's way to ask for the same: OpenClaw's own command line. */
async function cliCalls(openclaw: OpenClaw, jobId: string): Promise<number> {
  const [node, script] = await openClawCommand(openclaw.version);
  const samples: number[] = [];
  for (let n = 0; n < CLI_CALLS; n++) {
    const began = systemClock.mono();
    const child = spawn(node, [script, "cron", "runs", "--id", jobId, "--limit", "1"], {
      env: { PATH: process.env["PATH"], HOME: openclaw.home, OPENCLAW_STATE_DIR: openclaw.stateDir },
      stdio: "ignore",
    });
    await once(child, "exit");
    samples.push(systemClock.mono() - began);
  }
  return percentile(samples, 0.5);
}
