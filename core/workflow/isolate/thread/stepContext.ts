import { systemClock } from "../../../clock/system.ts";
import type { Log, LogFields } from "../../../log/log.ts";
import { createRedactor } from "../../../log/redact.ts";
import type { Json } from "../../../mirror/contract.ts";
import type { StepContext } from "../../contract.ts";
import { clip, clipFields, clipName } from "./clip.ts";
import { runCommand } from "./command.ts";
import { programEnv } from "./programEnv.ts";
import type { StepRun } from "./stepRun.ts";
import type { Teller } from "./teller.ts";

/** Makes fields plain: errors with their stacks, cycles cut, secrets out. */
const redactor = createRedactor();

/**
 * What a step's `run` is given.
 * @param fetch obeys the egress rule
 * @param allowed variables that programs may have besides the usual ones
 */
export function stepContext(run: StepRun, teller: Teller, fetch: typeof globalThis.fetch, allowed: readonly string[]): StepContext {
  const { task, signal, call } = run;
  return {
    input: JSON.parse(task.input) as Json,
    results: JSON.parse(task.results) as StepContext["results"],
    item: task.item === null ? undefined : (JSON.parse(task.item.value) as Json),
    index: task.item?.index ?? 0,
    signal,
    attempt: task.attempt,
    idempotencyKey: task.idempotencyKey,
    log: logOf(run, teller, {}),
    sleep: (ms) => systemClock.sleep(ms, signal),
    progress: (fraction) => run.progress(fraction),
    artifact: (name, data) => run.artifacts.hand(name, data),
    run: (command, args = [], options = {}) => runCommand(command, args, { ...options, env: { ...programEnv(process.env, allowed), ...options.env } }, joined(signal, options.signal), (stream, text) => run.output.print(stream, text)),
    fetch: (target, init) => fetch(target, { ...init, signal: joined(signal, init?.signal ?? (target instanceof Request ? target.signal : null)) }),
    async phase(name, fn) {
      if (!run.showsPhase()) return fn();
      const to = (to: "running" | "completed" | "failed"): void => {
        run.output.flush();
        teller.tell({ is: "phase", call, name: clipName(name), to });
      };
      to("running");
      try {
        const answer = await fn();
        to("completed");
        return answer;
      } catch (error) {
        to("failed");
        throw error;
      }
    },
  };
}

function joined(own: AbortSignal, other: AbortSignal | null | undefined): AbortSignal {
  return other ? AbortSignal.any([own, other]) : own;
}

function logOf(run: StepRun, teller: Teller, bound: LogFields): Log {
  const at = (level: "debug" | "info" | "warn" | "error") => (message: string, fields?: LogFields): void => {
    run.output.flush();
    teller.tell({ is: "log", call: run.call, level, message: redactor.text(clip(String(message))), fields: clipFields(redactor.value({ ...bound, ...fields }) as Json) });
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: (fields) => logOf(run, teller, { ...bound, ...fields }) };
}
