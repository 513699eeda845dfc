import { AsyncLocalStorage } from "node:async_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { ruledFetch } from "../../../egress/fetch.ts";
import { egressRule } from "../../../egress/rule.ts";
import { isLoomError, LoomError, messageOf } from "../../../errors/loomError.ts";
import { evaluate } from "../../../modules/evaluate.ts";
import { defineOperation, defineWorkflow } from "../../define.ts";
import type { Version } from "../contract.ts";
import { markerOf } from "../marker.ts";
import { ARE_YOU_THERE, type Task, type ThreadData, type ToThread } from "../messages.ts";
import { markChildren } from "./children.ts";
import { CallFailure, isCallFailure } from "./result.ts";
import { stepContext } from "./stepContext.ts";
import { StepRun } from "./stepRun.ts";
import { createTeller } from "./teller.ts";
import { doWork } from "./work.ts";

/** A thread of a host: loads one version and works on calls of it, several at once. */
const { marker, limits, egress, unsent } = workerData as ThreadData;
const hostModules = { "loom-gateway": { defineWorkflow, defineOperation, LoomError, isLoomError, messageOf } };
const fetch = ruledFetch(egressRule(egress));
const teller = createTeller(parentPort!, unsent);
const runs = new Map<number, StepRun>();
const current = new AsyncLocalStorage<StepRun>();
let loaded: { readonly exports: unknown } | { readonly error: unknown } = { exports: {} };

/** Whose code this is: known by the asynchronous context, or because nobody else is there. */
function culprit(): StepRun | undefined {
  return current.getStore() ?? (runs.size === 1 ? runs.values().next().value : undefined);
}

function load(version: Version): void {
  try {
    loaded = { exports: evaluate(version, hostModules) };
  } catch (error) {
    loaded = { error };
  }
}

async function work(call: number, task: Task): Promise<void> {
  const run = new StepRun(call, task, `${marker}${markerOf(`c${call}`)}`, teller, limits.artifactBytes);
  runs.set(call, run);
  teller.tell({ is: "began", call });
  await current.run(run, async () => {
    try {
      if ("error" in loaded) run.fail(loaded.error, "VERSION_NOT_LOADED");
      else run.complete(await doWork(loaded.exports, task.work, stepContext(run, teller, fetch, limits.programEnv), limits.resultBytes).finally(() => run.artifacts.told()));
    } catch (error) {
      run.fail(error);
    }
  });
  runs.delete(call);
}

/** Fails the call that this is the code of; its neighbours go on, but nothing new begins here. */
function blame(error: unknown, code: "STEP_UNCAUGHT" | "STEP_EXITED"): void {
  const run = culprit();
  if (!run) return endThread(error);
  run.fail(error, code);
  run.stop("cancelled");
  teller.tell({ is: "worn", call: run.call });
}

/** What is over has nobody who would take it. */
function handOver({ call, artifact }: ToThread & { readonly do: "hand" }): void {
  const run = runs.get(call);
  if (run && !run.isOver) run.artifacts.tell(artifact);
}

/** Nobody knows whose it is: the gateway finds out, with each call by itself. */
function endThread(error: unknown): void {
  process.removeAllListeners("uncaughtException");
  setImmediate(() => {
    throw error;
  });
}

process.on("uncaughtException", (error) => isCallFailure(error) || blame(error, "STEP_UNCAUGHT"));
process.on("unhandledRejection", (error) => isCallFailure(error) || blame(error, "STEP_UNCAUGHT"));

// Thrown, so that it ends the step alone and not the thread that others work in.
process.exit = (code): never => {
  const exit = new CallFailure("STEP_EXITED", `It called process.exit(${code ?? ""}).`);
  blame(exit, "STEP_EXITED");
  throw exit;
};

for (const stream of ["stdout", "stderr"] as const) {
  process[stream].write = (chunk: unknown, ...rest: unknown[]): boolean => {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString();
    culprit()?.output.print(stream, text);
    const done = rest.at(-1);
    if (typeof done === "function") process.nextTick(done as () => void);
    return true;
  };
}

markChildren(() => {
  const run = current.getStore();
  if (!run) return marker;
  run.spawned = true;
  return run.marker;
});

parentPort!.on("message", (json: string) => {
  if (json === ARE_YOU_THERE) return parentPort!.postMessage(ARE_YOU_THERE);
  const message = JSON.parse(json) as ToThread;
  if (message.do === "load") load(message.version);
  else if (message.do === "call") void work(message.call, message.task);
  else if (message.do === "abort") runs.get(message.call)?.stop(message.reason);
  else if (message.do === "hand") handOver(message);
  else runs.get(message.call)?.artifacts.settle(message.artifact, message.error);
});
