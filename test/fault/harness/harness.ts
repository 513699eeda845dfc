import { readFileSync } from "node:fs";
import { systemClock } from "../../../core/clock/system.ts";
import { eventually } from "../../support/eventually.ts";
import { makeFolder, type Folder } from "../../support/folder.ts";
import { GatewayProcess } from "../../support/gatewayProcess.ts";
import { pointEnv } from "../points/points.ts";
import { Facts, filesWith, processesWith } from "./facts.ts";
import { ledgerWorkflows, readLedger } from "./ledgerWorkflows.ts";
import { Load } from "./load.ts";
import { MirroredJobs } from "./mirroredJobs.ts";
import type { Round } from "./rounds.ts";

const SETTLE_MS = 180_000;
/** A point that is not reached so long after the start is not reached in this round. */
const POINT_MS = 8_000;

/** A gateway with workflows and a real OpenClaw that is killed, halted and stopped under load, and what should hold afterwards. */
export class Harness implements AsyncDisposable {
  readonly #home: Folder;
  readonly #jobs: MirroredJobs;
  readonly #loom: GatewayProcess;
  readonly #load: Load;
  /** Points that were reached. */
  readonly reached = new Set<string>();

  private constructor(home: Folder, jobs: MirroredJobs, random: () => number) {
    [this.#home, this.#jobs] = [home, jobs];
    this.#loom = new GatewayProcess({ home: home.path, env: { LOOM_TEST_LEDGER: this.#ledgerFile, OPENCLAW_STATE_DIR: jobs.stateDir } });
    this.#load = new Load(this.#loom, random);
  }

  /** @param random decides what is asked for when */
  static async open(random: () => number): Promise<Harness> {
    await using unwind = new AsyncDisposableStack();
    const home = unwind.use(await makeFolder(ledgerWorkflows));
    await home.write({ ledger: "" });
    const jobs = unwind.use(await MirroredJobs.start());
    const harness = unwind.use(new Harness(home, jobs, random));
    await harness.#loom.start();
    harness.#load.strandId = await jobs.strandOfByHand(harness.#loom);
    await harness.#loom.kill();
    unwind.move();
    return harness;
  }

  /** Starts the gateway, loads it, and does to it what the round says; it is dead then. */
  async round(round: Round): Promise<void> {
    const reaching = round.is === "at point" ? pointEnv(round.point, { pass: round.pass, signal: round.halts ? "SIGSTOP" : "SIGKILL" }) : {};
    // At a point it may die before it listens.
    const starting = this.#loom.start(reaching).catch((error: unknown) => {
      if (round.is !== "at point" || !String(error).includes("SIGKILL")) throw error;
    });
    if (round.is !== "at point") await starting;
    const over = new AbortController();
    const isCommand = round.is === "at point" && round.point.file.startsWith("core/command/");
    const loading = starting.then(() => this.#load.during(over.signal, isCommand));
    // Awaited below.
    loading.catch(() => {});
    await this.#hit(round, starting);
    await this.#loom.kill("SIGKILL");
    over.abort();
    await loading;
    await this.#jobs.note();
  }

  /** Lets all that was begun come to its end, and answers what does not hold; every list of it is empty where all does. */
  async findings(): Promise<Readonly<Record<string, readonly unknown[]>>> {
    const loom = this.#loom;
    await loom.start();
    await this.#load.finish();
    const open = async (): Promise<any[]> => (await loom.api("/runs?limit=1000&status=queued,running,waiting,cancelling")).items;
    await eventually(open, (runs) => runs.every(({ strandId }) => strandId !== "asked"), SETTLE_MS);
    // What the clock started in the last moment goes on after an orderly stop.
    await loom.loom("disable", "ticking");
    await loom.kill("SIGTERM");
    await loom.start();
    await eventually(open, (runs) => runs.every(({ strandId }) => strandId !== "ticking"), SETTLE_MS);
    const commands = async (): Promise<any[]> => (await loom.all("/commands")).filter(({ status }) => status === "asked" || status === "sent");
    await eventually(commands, (unsettled) => unsettled.length === 0, SETTLE_MS);
    const mirror = await this.#jobs.differences(loom, this.#load.ledger.commands.length);
    const token = loom.token;
    await loom.kill("SIGTERM");
    using facts = this.#facts();
    return {
      ...facts.findings(),
      ...mirror,
      odd: this.#load.ledger.odd,
      processesLeft: processesWith(this.#ledgerFile),
      filesWithTheToken: filesWith(this.#home.path, token).filter((name) => name !== "token"),
    };
  }

  /** In words, what there was to go wrong. */
  summary(): string {
    using facts = this.#facts();
    return facts.summary();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loom[Symbol.asyncDispose]();
    await this.#jobs[Symbol.asyncDispose]();
    await this.#home[Symbol.asyncDispose]();
  }

  get #ledgerFile(): string {
    return this.#home.at("ledger");
  }

  #facts(): Facts {
    return new Facts(this.#home.at("loom.db"), readLedger(readFileSync(this.#ledgerFile, "utf8")), this.#load.ledger);
  }

  async #hit(round: Round, starting: Promise<void>): Promise<void> {
    const loom = this.#loom;
    if (round.is === "at point") {
      const isThere = await this.#gotTo(round.halts ? () => isHalted(loom.pid) : () => loom.isOver, starting);
      if (!isThere) return;
      this.reached.add(round.point.name);
      if (round.halts) await this.#goOn(round.halts);
      return;
    }
    await systemClock.sleep(round.afterMs);
    if (round.is === "halted") {
      process.kill(loom.pid, "SIGSTOP");
      await this.#goOn(round);
    } else if (round.is === "stopped") {
      process.kill(loom.pid, "SIGTERM");
      await systemClock.sleep(round.restMs);
    }
  }

  async #goOn({ forMs, restMs }: { readonly forMs: number; readonly restMs: number }): Promise<void> {
    await systemClock.sleep(forMs);
    process.kill(this.#loom.pid, "SIGCONT");
    await systemClock.sleep(restMs);
  }

  /** False when it did not get there in time, once it had started. */
  async #gotTo(isThere: () => boolean, starting: Promise<void>): Promise<boolean> {
    let isUp = false;
    void starting.then(() => (isUp = true), () => (isUp = true));
    await eventually(() => isUp || isThere(), Boolean, SETTLE_MS);
    return eventually(isThere, Boolean, POINT_MS).catch(() => false);
  }
}

/** Whether a process was halted by a signal. */
function isHalted(pid: number): boolean {
  try {
    return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
