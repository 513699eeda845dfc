import { withCauses } from "../../errors/causes.ts";
import { isLoomError, messageOf } from "../../errors/loomError.ts";
import type { Log, LogFields } from "../../log/log.ts";
import type { Json } from "../../mirror/contract.ts";
import type { Executor, Operation } from "../../plugin/contract.ts";
import { Guesses } from "../../nearest.ts";
import { completedWith, failed, type Attempt, type Ended, type Perform } from "../attempt.ts";
import type { Output } from "../outputs.ts";

type InputOf = (runId: string, row: string) => Promise<{ readonly input: string }>;

/** Thousands of attempts may miss the same one. */
const guesses = { operation: new Guesses(), executor: new Guesses() };

/** Where what performs steps is looked for, anew at each attempt, since plugins come and go. */
export interface Offered<T> {
  readonly item: T | undefined;
  /** All that there are, for who meant another one. */
  readonly names: readonly string[];
}

/** Performs steps by what a plugin brings. */
export function byExecutor(find: () => Offered<Executor>, inputOf: InputOf): Perform {
  return (attempt) => perform(attempt, inputOf, find(), (executor, input) => executor.execute({ input, idempotencyKey: attempt.idempotencyKey, signal: attempt.signal }));
}

/** The same by a plugin's operation. What it logs is the step's output. */
export function byOperation(find: () => Offered<Operation>, inputOf: InputOf): Perform {
  return (attempt) => perform(attempt, inputOf, find(), (operation, input) => operation.run(input, { signal: attempt.signal, log: logTo(attempt.output, {}) }));
}

async function perform<T>(attempt: Attempt, inputOf: InputOf, { item: performer, names }: Offered<T>, call: (performer: T, input: Json) => Promise<Json | void>): Promise<Ended> {
  const { step, runId, row, signal } = attempt;
  if (performer === undefined) return failed("NOT_REGISTERED", missing(attempt, names));
  const input = step.evaluates ? (JSON.parse((await inputOf(runId, row)).input) as Json) : null;
  if (signal.aborted) return failed("cancelled", "It was asked to stop before it began.");
  attempt.began();
  try {
    return completed(await call(performer, input));
  } catch (error) {
    return signal.aborted ? failed("cancelled", withCauses(error)) : failed(isLoomError(error) ? error.code : "STEP_THREW", withCauses(error));
  }
}

function missing({ step: { does } }: Attempt, names: readonly string[]): string {
  const isOperation = does.kind === "operation";
  const id = isOperation ? does.operationId : does.kind === "executor" ? does.executor : "";
  const meant = guesses[isOperation ? "operation" : "executor"].nearest(id, names);
  const why = isOperation ? "no file of operations/ has it and no plugin offers it" : "no plugin offers it";
  return `There is no ${does.kind} "${id}": ${why}.${meant === undefined ? "" : ` Did you mean "${meant}"?`}`;
}

/** Plugins may answer with anything; what is kept is a copy that JSON can hold. */
function completed(data: unknown): Ended {
  let json: string | undefined;
  try {
    json = JSON.stringify(data ?? null);
  } catch (error) {
    return failed("RESULT_NOT_JSON", messageOf(error));
  }
  if (json === undefined) return failed("RESULT_NOT_JSON", `The result is a ${typeof data}.`);
  return completedWith(json);
}

function logTo(output: Output, bound: LogFields): Log {
  const at = (level: "debug" | "info" | "warn" | "error") => (message: string, fields: LogFields = {}): void => {
    const { error, ...rest } = { ...bound, ...fields };
    void output.log(level, message, plain(error === undefined ? rest : { ...rest, error: messageOf(error) }));
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: (fields) => logTo(output, { ...bound, ...fields }) };
}

function plain(fields: object): Json {
  try {
    return JSON.parse(JSON.stringify(fields)) as Json;
  } catch {
    return {};
  }
}
