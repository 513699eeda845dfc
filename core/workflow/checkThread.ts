import type { MessagePort } from "node:worker_threads";
import { systemClock } from "../clock/system.ts";
import { isLoomError, messageOf, type Problem } from "../errors/loomError.ts";
import * as publicContract from "../index.ts";
import { createModuleLoader } from "../modules/loader.ts";
import { placeIn } from "../modules/problems.ts";
import { isObject } from "./fields.ts";
import type { Definition, Reading } from "./reading.ts";
import type { SourceFile } from "./sources.ts";
import { validateOperation, validateWorkflow } from "./validate.ts";

/** Loads each file that it is sent and answers with a `Reading`. Runs no step. */
export function serve(port: MessagePort): void {
  const modules = createModuleLoader({ hostModules: { "loom-gateway": publicContract }, clock: systemClock });
  let strays: unknown[] = [];
  // What a file throws after it was loaded, while nobody waits for it.
  for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, (error) => strays.push(error));

  const read = async ({ path, folder }: SourceFile): Promise<Reading> => {
    strays = [];
    try {
      const module = await modules.load(path, { root: folder });
      await new Promise((done) => setImmediate(done));
      const reading = { definitions: definitionsIn(module.exports), files: module.files, problems: strays.map((error) => strayProblem(error, folder)) };
      module.dispose();
      return reading;
    } catch (error) {
      return { definitions: [], files: [], problems: isLoomError(error) && error.problems.length > 0 ? error.problems : [{ path: "", message: messageOf(error) }] };
    }
  };
  port.on("message", (file: SourceFile) => void read(file).then((reading) => port.postMessage(reading)));
}

function strayProblem(error: unknown, folder: string): Problem {
  return { path: placeIn(error, folder) ?? "", message: `It threw right after it was loaded: ${messageOf(error)}`, mend: "Do the work in a step's run(ctx)." };
}

function definitionsIn(exports: unknown): Definition[] {
  const { workflow, operation, operations } = (isObject(exports) ? exports : {}) as { workflow?: unknown; operation?: unknown; operations?: unknown };
  const ofOperations = [...(operation === undefined ? [] : [operation]), ...(Array.isArray(operations) ? (operations as unknown[]) : operations === undefined ? [] : [operations])];
  return [...(workflow === undefined ? [] : [definition("workflow", workflow, 0)]), ...ofOperations.map((one, nth) => definition("operation", one, nth))];
}

function definition(kind: Definition["kind"], value: unknown, nth: number): Definition {
  const fields = isObject(value) ? value : {};
  const steps: readonly unknown[] = Array.isArray(fields.steps) ? fields.steps : [];
  return {
    kind,
    nth,
    id: typeof fields.id === "string" ? fields.id : "",
    name: String(fields[kind === "workflow" ? "name" : "label"] ?? ""),
    steps: steps.length,
    runs: steps.flatMap((step, index) => (isObject(step) && typeof step.workflow === "string" ? [{ path: `steps.${index}.workflow`, id: step.workflow }] : [])),
    problems: kind === "workflow" ? validateWorkflow(value) : validateOperation(value),
  };
}
