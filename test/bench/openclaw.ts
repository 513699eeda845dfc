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
const CHANGE_ROUNDS = 10;
const CLI_CALLS = 3;

/** From OpenClaw's own word that a run is over to the event, which is sent when the run is stored. */
export async function openclawBench(): Promise<BenchRow[]> {
  await using openclaw = await startOpenClaw({ version: "2026.9.6" });
  const ids: string[] = [];
  for (let n = 0; n < JOBS; n++) ids.push((await openclaw.addCommandJob({ name: `job ${n}`, command: "echo done" })).id);
  await using loom = await GatewayProcess.start({ env: { OPENCLAW_STATE_DIR: openclaw.stateDir } });
  await eventually(() => loom.mirrored(), (strands) => strands.length >= JOBS);
  const feed = await openFeed(loom);

  const samples: number[] = [];
  for (let n = 0; n < RUNS; n++) {
    const id = ids[n % ids.length]!;
    const stored = feed.told("run.finished", id);
    const finished = openclaw.run(id).then(() => systemClock.mono());
    const [theirs, ours] = await Promise.all([finished, stored]);
    samples.push(Math.max(0, ours - theirs));
  }
  const changes = await changesSeen(openclaw, feed);
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
    {
      what: "job added, edited, disabled, removed in OpenClaw → event sent",
      bound: "p95 ≤ 1000 ms",
      measured: `p50 ${percentile(changes, 0.5).toFixed(0)} ms, p95 ${percentile(changes, 0.95).toFixed(0)} ms`,
      beside: `one \`openclaw cron runs\` ${cli.toFixed(0)} ms`,
      ratio: (percentile(changes, 0.95) / cli).toFixed(2),
      ok: percentile(changes, 0.95) <= 1_000,
    },
  ];
}

/** Milliseconds from OpenClaw's answer to each change to the event that tells of it. */
async function changesSeen(openclaw: OpenClaw, feed: Feed): Promise<number[]> {
  const samples: number[] = [];
  const seen = async (jobId: string, type: string, change: () => Promise<unknown>): Promise<void> => {
    const told = feed.told(type, jobId);
    const done = change().then(() => systemClock.mono());
    samples.push(Math.max(0, (await told) - (await done)));
  };
  for (let n = 0; n < CHANGE_ROUNDS; n++) {
    const added = feed.told("strand.added", null);
    const { id } = await openclaw.addCommandJob({ name: `changed ${n}`, command: "true" });
    const done = systemClock.mono();
    samples.push(Math.max(0, (await added) - done));
    await seen(id, "strand.edited", () => openclaw.rpc("cron.update", { id, patch: { name: `renamed ${n}` } }));
    await seen(id, "strand.disabled", () => openclaw.rpc("cron.update", { id, patch: { enabled: false } }));
    await seen(id, "strand.removed", () => openclaw.rpc("cron.remove", { id }));
  }
  return samples;
}

interface Feed {
  /** When the next event of this type is there; null: of any job. */
  told(type: string, jobId: string | null): Promise<number>;
  close(): void;
}

/** A live feed that tells when an event comes. */
async function openFeed(loom: GatewayProcess): Promise<Feed> {
  const socket = new WebSocket(`${loom.address.replace("http", "ws")}/ws/loom`);
  await once(socket, "open");
  const waiting = new Map<string, (at: number) => void>();
  const hello = Promise.withResolvers<void>();
  const tell = (key: string): void => {
    waiting.get(key)?.(systemClock.mono());
    waiting.delete(key);
  };
  socket.on("message", (data) => {
    const message = JSON.parse(String(data));
    if (message.type === "hello") hello.resolve();
    if (message.type === "ping") socket.send(JSON.stringify({ type: "pong" }));
    if (message.type !== "event") return;
    tell(`${message.event.type} ${String(message.event.strandId).split(":").at(-1)}`);
    tell(`${message.event.type} null`);
  });
  socket.send(JSON.stringify({ type: "hello", token: loom.token }));
  await hello.promise;
  return {
    told: (type, jobId) => new Promise((resolve) => void waiting.set(`${type} ${jobId}`, resolve)),
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
