import { createHash } from "node:crypto";
import { systemClock } from "../../core/clock/system.ts";
import { newId } from "../../core/ids/uuid.ts";
import type { Json } from "../../core/mirror/contract.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import type { Call, CallListener, IsolateLimits, StepOutcome, Version } from "../../core/workflow/isolate/contract.ts";
import { createIsolates, type Isolates } from "../../core/workflow/isolate/isolates.ts";
import { markerOf } from "../../core/workflow/isolate/marker.ts";
import { findProcesses } from "../../core/workflow/isolate/processes.ts";

/** A workflow `w` whose steps are these sources of functions, as the module loader would bundle it. */
export function versionOf(steps: Readonly<Record<string, string>>, before = ""): Version {
  const list = Object.entries(steps).map(([id, run]) => `{ id: ${JSON.stringify(id)}, label: "STEP", run: ${run} }`);
  return scriptOf(`${before}exports.workflow = require("loom-gateway").defineWorkflow({ id: "w", name: "W", steps: [\n${list.join(",\n")}\n] });`);
}

export function scriptOf(code: string): Version {
  return { code, map: null, entry: "/tmp/loom-test/w.ts", hash: createHash("sha256").update(code).digest("hex") };
}

/** What a test asks of a call, with what it is given as values. */
export type Asked = Partial<Omit<Call, "given">> & { readonly input?: Json; readonly results?: string; readonly item?: { readonly value: Json; readonly index: number } };
/** How it ended, with its data as a value. */
export type Outcome = Exclude<StepOutcome, { is: "completed" }> | { readonly is: "completed"; readonly data: Json };

/** Real isolates of a node of its own, ended with the test. */
export class IsolateStage implements AsyncDisposable {
  readonly nodeId: string;
  readonly isolates: Isolates;
  #last = 0;

  constructor(limits: Partial<IsolateLimits> = {}, nodeId = newId(systemClock), egress: readonly string[] = []) {
    this.nodeId = nodeId;
    this.isolates = createIsolates({ clock: systemClock, log: quietLog, nodeId, bootId: newId(systemClock), env: process.env, limits, egress });
  }

  /** Runs a step of the workflow `w`. */
  step(version: Version, step: string, more: Asked = {}, on: CallListener = {}, signal = new AbortController().signal): Promise<Outcome> {
    return this.run(this.call(version, { work: { do: "run", workflow: "w", step }, ...more }), signal, on);
  }

  /** As `isolates.run`, with the data read. */
  async run(call: Call, signal = new AbortController().signal, on: CallListener = {}): Promise<Outcome> {
    const outcome = await this.isolates.run(call, signal, on);
    return outcome.is === "completed" ? { ...outcome, data: JSON.parse(outcome.data) as Json } : outcome;
  }

  call(version: Version, { input = null, results = "{}", item, ...more }: Asked): Call {
    const given = { input: JSON.stringify(input), results, ...(item && { item: { value: JSON.stringify(item.value), index: item.index } }) };
    return { version, work: { do: "run", workflow: "w", step: "" }, attempt: 1, given: () => given, idempotencyKey: `key-${++this.#last}`, timeoutMs: 30_000, ...more };
  }

  /** Runs a step and answers once it has logged something. */
  async started(version: Version, step: string, more: Asked = {}, signal = new AbortController().signal): Promise<{ readonly outcome: Promise<Outcome>; readonly pid: number; readonly message: string }> {
    const { promise, resolve } = Promise.withResolvers<string>();
    let pid = 0;
    const outcome = this.step(version, step, more, { placed: (host) => void (pid = host.pid), log: (_level, message) => resolve(message) }, signal);
    return { message: await promise, outcome, pid };
  }

  /** Every process that carries a marker of this stage. */
  processes(): Promise<number[]> {
    return findProcesses({ marker: markerOf(this.nodeId) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.isolates.close();
  }
}
