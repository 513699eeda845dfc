import { fileURLToPath } from "node:url";

/** A place in Loom's code, named by what happens there. */
export interface FaultPoint {
  readonly name: string;
  readonly file: string;
  /** The code before which it lies, which is in the file just once. */
  readonly at: string;
  /** How often a gateway gets there soon after its start. Default: again and again. */
  readonly passes?: number;
}

/** Where it matters most to be killed: wherever one party knows something that another does not yet. */
export const faultPoints: readonly FaultPoint[] = [
  { name: "the changes of a transaction are made", file: "core/store/sqlite/batch.ts", at: "inbox.look();\n      }\n      return done;" },
  { name: "a transaction is about to be committed", file: "core/store/sqlite/batch.ts", at: 'db.run("COMMIT");' },
  { name: "a transaction is committed, and nobody knows", file: "core/store/sqlite/batch.ts", at: "this.#syncMs = this.#mono() - began;" },
  { name: "a commit is answered, and its events are not told", file: "core/store/sqlite/channel.ts", at: "this.#options.onAnswers?.(" },
  { name: "who wants a change is kept, and it is not made", file: "core/http/audit.ts", at: "const made = await change();" },
  { name: "a change is made, and its result is not kept", file: "core/http/audit.ts", at: 'await this.#end(id, "done");' },
  { name: "a change is made, and not answered", file: "core/http/audit.ts", at: "return made;" },
  { name: "steps are dispatched, and none has begun", file: "core/run/runner.ts", at: "for (const { step, epoch } of begins) this.#beginAttempt(step, epoch);" },
  { name: "a step has ended, and that is not stored", file: "core/run/liveAttempt.ts", at: 'while ((await this.#store({ is: "ended"' },
  { name: "the end of a run is stored, and nobody goes on", file: "core/run/service.ts", at: "this.#childEnds.ended(runner.id);" },
  { name: "what was left running is ended, and no run is taken up", file: "core/run/service.ts", at: "const runners = await this.#left.read();", passes: 1 },
  { name: "runs are taken up, and nothing else", file: "core/run/service.ts", at: "this.#unlisten = library.on(", passes: 1 },
  { name: "a firing is due, and no run begun", file: "core/run/trigger/ticker.ts", at: "const answer = await startOrLetGo(", passes: 3 },
  { name: "a look at a source is read, and not stored", file: "core/mirror/sourceMirror.ts", at: "await this.#takeIn(snapshot, at);", passes: 2 },
  { name: "a look at a source is stored, and not remembered", file: "core/mirror/sourceMirror.ts", at: "this.#last = { by: source, snapshot };", passes: 2 },
  { name: "runs of a source are read, and not stored", file: "core/mirror/history.ts", at: "await this.#store.runs.observe({", passes: 3 },
  { name: "a command is stored, and not sent", file: "core/command/service.ts", at: "this.#enqueue(command, strand.definition);", passes: 1 },
];

export interface Reaching {
  /** At which time that the process gets there, from 1. */
  readonly pass: number;
  readonly signal: "SIGKILL" | "SIGSTOP";
}

/** The environment of a gateway that sends itself the signal at this point. It takes a while longer to start. */
export function pointEnv({ file, at }: FaultPoint, { pass, signal }: Reaching): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${new URL("./preload.js", import.meta.url).href}`,
    // What is compiled with a point in it must not be found by others.
    NODE_COMPILE_CACHE: fileURLToPath(new URL("../../../node_modules/.cache/loom-tests/points", import.meta.url)),
    LOOM_TEST_POINT: JSON.stringify({ file, at, pass, signal }),
  };
}
