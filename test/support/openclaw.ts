/**
 * Real OpenClaw gateways for tests: no model, no channel, no plugin, loopback only, everything in a folder of their own.
 *
 *   await using openclaw = await startOpenClaw({ version: "2026.9.6" });
 *   const job = await openclaw.addCommandJob({ name: "hello", command: "echo hi" });
 *   await openclaw.run(job.id);
 *
 * A first start takes 4 s (2026.6.11) to 8 s (2026.9.6) and 0.5 to 0.8 GB: share one per test file. By hand:
 * `node test/support/openclaw.ts 2026.6.11` starts one with a few jobs and prints how to reach it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../core/clock/system.ts";
import { freePort } from "./freePort.ts";
import { openClawCommand, type OpenClawVersion } from "./openclawInstall.ts";
import { OpenClawRpc } from "./openclawRpc.ts";

export { systemClock } from "../../core/clock/system.ts";
export { quietLog } from "../../core/testing/quietLog.ts";
export { olderOpenClaw, openClawVersions, type OpenClawVersion } from "./openclawInstall.ts";

const START_TIMEOUT_MS = 120_000;
/** 2026.9.6 gives a part of its start five seconds, and up where a busy machine keeps it waiting for longer. */
const gaveUp = /state lease heartbeat did not become ready/;
const STARTS = 3;

export interface StartOptions {
  readonly version: OpenClawVersion;
  /** Home folder, to start again on what an earlier gateway left. Default: a new temporary one, removed at the end. */
  readonly home?: string;
  /** Name of the state folder in the home. Default `.openclaw`. */
  readonly stateDir?: string;
  /** Merged over the top level of `openclaw.json`. */
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandJob {
  readonly name: string;
  /** Given to `sh -c`. */
  readonly command: string;
  /** Default: once a day at an hour that no test meets. */
  readonly schedule?: object;
  readonly timeoutSeconds?: number;
  /** Further fields of `cron.add`. */
  readonly more?: object;
}

export class OpenClaw implements AsyncDisposable {
  readonly version: OpenClawVersion;
  readonly home: string;
  readonly stateDir: string;
  readonly port: number;
  readonly token = randomUUID();
  readonly #env: Readonly<Record<string, string>>;
  readonly #ownsHome: boolean;
  #rpc: OpenClawRpc;
  #child: ChildProcess | null = null;

  constructor(options: StartOptions, port: number) {
    this.version = options.version;
    this.#ownsHome = options.home === undefined;
    this.home = realpathSync(options.home ?? mkdtempSync(join(tmpdir(), "loom-openclaw-")));
    this.stateDir = join(this.home, options.stateDir ?? ".openclaw");
    this.port = port;
    this.#env = options.env ?? {};
    this.#rpc = new OpenClawRpc(this.url, this.token);
    mkdirSync(this.stateDir, { recursive: true });
    writeFileSync(join(this.stateDir, "openclaw.json"), JSON.stringify({
      gateway: { mode: "local", bind: "loopback", port, auth: { mode: "token", token: this.token } },
      update: { checkOnStart: false },
      discovery: { mdns: { mode: "off" } },
      plugins: { enabled: false },
      ...options.config,
    }, null, 2));
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error("OpenClaw is not running");
    return this.#child.pid;
  }

  /** Starts the gateway on its folder and waits until it says that it is ready; as a service manager does, again where it gave up. */
  async start(): Promise<void> {
    for (let left = STARTS; ; left--) {
      try {
        return await this.#startOnce();
      } catch (error) {
        if (left === 1 || !gaveUp.test(String(error))) throw error;
      }
    }
  }

  async #startOnce(): Promise<void> {
    const [node, script] = await openClawCommand(this.version);
    const child = spawn(node, [script, "gateway", "run", "--port", String(this.port)], {
      cwd: this.home,
      detached: true, // a process group of its own, so that its children die with it
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH ?? "",
        HOME: this.home,
        TMPDIR: this.home,
        OPENCLAW_STATE_DIR: this.stateDir,
        OPENCLAW_DISABLE_BONJOUR: "1",
        OPENCLAW_SKIP_CHANNELS: "1",
        OPENCLAW_NO_RESPAWN: "1",
        OPENCLAW_NO_AUTO_UPDATE: "1",
        OPENCLAW_EXEC_SHELL_SNAPSHOT: "0",
        ...this.#env,
      },
    });
    this.#child = child;
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-8_000);
      });
    }
    const killWithUs = (): void => void this.#signal(child, "SIGKILL");
    process.once("exit", killWithUs);
    child.once("exit", () => process.removeListener("exit", killWithUs));
    await this.#ready(child, () => output);
  }

  /** Calls a gateway method with full rights. */
  rpc(method: string, params: object = {}): Promise<any> {
    return this.#rpc.call(method, params);
  }

  /** Resolves with the first cron event from now on that matches; call it before what causes the event. */
  cronEvent(matches: (payload: any) => boolean): Promise<any> {
    return this.#rpc.cronEvent(matches);
  }

  /** Adds a job that runs a command, which takes no model. Gives the job as OpenClaw made it. */
  addCommandJob(job: CommandJob): Promise<any> {
    return this.rpc("cron.add", {
      name: job.name,
      schedule: job.schedule ?? { kind: "cron", expr: "17 4 * * *", tz: "Europe/Berlin" },
      sessionTarget: "isolated",
      wakeMode: "now",
      payload: {
        kind: "command",
        argv: ["sh", "-c", job.command],
        outputMaxBytes: 65_536,
        ...(job.timeoutSeconds !== undefined && { timeoutSeconds: job.timeoutSeconds }),
      },
      delivery: { mode: "none" },
      ...job.more,
    });
  }

  /** Runs a job now and waits for the end; gives the `finished` event. */
  async run(jobId: string): Promise<any> {
    // Just after its start 2026.6.11 tells of an end that is none, by an event without the run's id.
    const finished = this.cronEvent((event) => event.jobId === jobId && event.action === "finished" && event.runId !== undefined);
    await this.rpc("cron.run", { id: jobId, mode: "force" });
    return finished;
  }

  /** Resolves when its scheduler has started, some time after it was ready: what runs before is taken for interrupted. */
  async schedulerStarted(): Promise<void> {
    const { id } = await this.addCommandJob({ name: "started", command: "true", schedule: { kind: "every", everyMs: 1_000 } });
    await this.cronEvent((event) => event.jobId === id && event.action === "finished" && event.status === "ok");
    await this.rpc("cron.remove", { id });
  }

  /** Sends a signal to the gateway and its children and waits until the gateway is gone. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const gone = child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
    this.#signal(child, signal);
    await gone;
    this.#rpc[Symbol.dispose]();
    this.#rpc = new OpenClawRpc(this.url, this.token);
  }

  /** Stops as an operator would; OpenClaw lets running jobs end first. */
  stop(): Promise<void> {
    return this.kill("SIGTERM");
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill("SIGKILL");
    if (this.#ownsHome) rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  async #ready(child: ChildProcess, output: () => string): Promise<void> {
    const giveUpAt = systemClock.mono() + START_TIMEOUT_MS;
    while (systemClock.mono() < giveUpAt && child.exitCode === null && child.signalCode === null) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await systemClock.sleep(50);
    }
    await this.kill("SIGKILL");
    throw new Error(`OpenClaw ${this.version} did not become ready:\n${output()}`);
  }

  #signal(child: ChildProcess, signal: NodeJS.Signals): void {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // Already gone.
    }
  }
}

/** Starts a real gateway and waits until it is ready. Dispose it with `await using`, or in `afterAll`. */
export async function startOpenClaw(options: StartOptions): Promise<OpenClaw> {
  const openclaw = new OpenClaw(options, await freePort());
  await openclaw.start();
  return openclaw;
}

if (import.meta.main) {
  const openclaw = await startOpenClaw({ version: (process.argv[2] ?? "2026.6.11") as OpenClawVersion });
  await openclaw.addCommandJob({ name: "hello", command: "echo hello", schedule: { kind: "every", everyMs: 10_000 } });
  await openclaw.addCommandJob({ name: "fails", command: "echo partly done; exit 3" });
  await openclaw.addCommandJob({ name: "slow", command: "sleep 20; echo slept" });
  await openclaw.addCommandJob({ name: "switched off", command: "echo never", more: { enabled: false } });
  console.log(`OpenClaw ${openclaw.version}\nurl    ${openclaw.url}\ntoken  ${openclaw.token}\nstate  ${openclaw.stateDir}\npid    ${openclaw.pid}`);
  process.once("SIGINT", () => void openclaw[Symbol.asyncDispose]());
  process.once("SIGTERM", () => void openclaw[Symbol.asyncDispose]());
}
