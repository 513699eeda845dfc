import { isAbsolute } from "node:path";
import type { MessagePort } from "node:worker_threads";
import { systemClock } from "../clock/system.ts";
import { isLoomError, LoomError, messageOf, type Problem } from "../errors/loomError.ts";
import * as publicContract from "../index.ts";
import { createModuleLoader, type Bundle } from "../modules/loader.ts";
import { placeIn } from "../modules/problems.ts";
import { whoElseMayWrite } from "../writableByOthers.ts";
import type { OperationSpec, WorkflowSpec } from "./contract.ts";
import { operationFacts, tooMuch, workflowFacts } from "./extract.ts";
import { isObject } from "./fields.ts";
import { firingProblems } from "./firing.ts";
import { MARKER } from "./isolate/marker.ts";
import { markChildren } from "./isolate/thread/children.ts";
import type { Definition, Reading } from "./reading.ts";
import type { Kind, SourceFile } from "./sources.ts";
import { MOST_STEPS, validateOperation, validateWorkflow } from "./validate.ts";

/** A file, and the IANA name of the zone for schedules that name none. */
export interface ToRead extends SourceFile {
  readonly hostZone: string;
}

/** Tells that files may be sent. */
export const READY = "ready";

/** All of a file's code, with what it imports. */
const LARGEST_CODE = 4_194_304;
const MOST_OPERATIONS = 500;
/** More mistakes of a file are only counted: nobody mends them all before looking again. */
const MOST_PROBLEMS = 100;
/** As much as a right one can have: of one that is wrong no more is shown. */
const LONGEST_NAME = 100;

/** Loads each file that it is sent and answers with a `Reading`. Runs no step. */
export function serve(port: MessagePort): void {
  const modules = createModuleLoader({ hostModules: { "loom-gateway": publicContract }, clock: systemClock, sourcesInMap: true });
  let strays: unknown[] = [];
  const marker = process.env[MARKER];
  if (marker !== undefined) markChildren(() => marker);
  // What a file throws after it was loaded, while nobody waits for it.
  for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, (error) => strays.push(error));

  const read = async ({ path, root, folder, hostZone }: ToRead): Promise<Reading> => {
    strays = [];
    let bundle: Bundle | null = null;
    try {
      bundle = await modules.bundle(path, folder);
      if (bundle.code.length > LARGEST_CODE) return failed(bundle, [tooLarge(bundle)]);
      const foreign = root === "named" ? await importOfOthers(bundle) : null;
      if (foreign) return failed(bundle, [foreign]);
      const module = modules.run(bundle);
      await new Promise((done) => setImmediate(done));
      const definitions = await definitionsIn(module.exports, hostZone);
      module.dispose();
      return { ...failed(bundle, strays.slice(0, MOST_PROBLEMS).map((error) => strayProblem(error, folder))), definitions };
    } catch (error) {
      return failed(bundle, isLoomError(error) && error.problems.length > 0 ? error.problems : [{ path: "", message: messageOf(error) }]);
    }
  };
  port.on("message", (file: ToRead) => void read(file).then((reading) => port.postMessage(reading)));
  port.postMessage(READY);
}

function failed(bundle: Bundle | null, problems: readonly Problem[]): Reading {
  return { definitions: [], bundle: bundle && stored(bundle), files: bundle?.files ?? [], problems };
}

function stored({ hash, code, map, entry }: Bundle): NonNullable<Reading["bundle"]> {
  return { hash, code, map, entry };
}

function tooLarge({ code }: Bundle): Problem {
  const mebibyte = 2 ** 20;
  return { path: "", message: `With all that it imports it has ${(code.length / mebibyte).toFixed(1)} MiB; the most is ${LARGEST_CODE / mebibyte} MiB.`, mend: "Keep data in files of its own, which a step reads." };
}

/** A file of the user's own may lie in a folder like /tmp, where what it imports can be what others have put there. */
async function importOfOthers({ files, packages }: Bundle): Promise<Problem | null> {
  for (const file of [...files, ...packages.filter(isAbsolute)]) {
    const others = await whoElseMayWrite(file);
    if (others !== null) return { path: "", message: `It imports what may be another user's: ${others}.`, mend: "Put both where only you may write." };
  }
  return null;
}

function strayProblem(error: unknown, folder: string): Problem {
  return { path: placeIn(error, folder) ?? "", message: `It threw right after it was loaded: ${messageOf(error)}`, mend: "Do the work in a step's run(ctx)." };
}

/** So many of them, and how many more there are. */
function firstOf(problems: readonly Problem[], most: number): readonly Problem[] {
  if (problems.length <= most) return problems;
  return most <= 0 ? [] : [...problems.slice(0, most), { path: "", message: `There are ${problems.length - most} more problems.` }];
}

/** @throws LoomError BAD_INPUT */
async function definitionsIn(exports: unknown, hostZone: string): Promise<Definition[]> {
  const { workflow, operation, operations } = (isObject(exports) ? exports : {}) as { workflow?: unknown; operation?: unknown; operations?: unknown };
  const ofOperations = [...(operation === undefined ? [] : [operation]), ...(Array.isArray(operations) ? (operations as unknown[]) : operations === undefined ? [] : [operations])];
  if (ofOperations.length > MOST_OPERATIONS) throw new LoomError("BAD_INPUT", "too many", { problems: [{ path: "", message: `${ofOperations.length} operations in one file are too many.`, mend: `Have at most ${MOST_OPERATIONS}.` }] });
  const definitions = await Promise.all([...(workflow === undefined ? [] : [workflowDefinition(workflow, hostZone)]), ...ofOperations.map(operationDefinition)]);
  let left = MOST_PROBLEMS;
  return definitions.map((one) => {
    const problems = firstOf(one.problems, left);
    left -= problems.length;
    return { ...one, problems };
  });
}

async function workflowDefinition(value: unknown, hostZone: string): Promise<Definition> {
  const spec = value as WorkflowSpec;
  const invalid = validateWorkflow(value);
  const facts = invalid.length > 0 ? null : await workflowFacts(spec, hostZone);
  const problems = facts ? [...tooMuch(facts), ...(await firingProblems(spec, facts))] : invalid;
  return { ...outline("workflow", value, 0), kind: "workflow", problems, facts: problems.length > 0 ? null : facts };
}

async function operationDefinition(value: unknown, nth: number): Promise<Definition> {
  const problems = validateOperation(value);
  return { ...outline("operation", value, nth), kind: "operation", problems, facts: problems.length > 0 ? null : await operationFacts(value as OperationSpec) };
}

function outline(kind: Kind, value: unknown, nth: number): Pick<Definition, "nth" | "id" | "name" | "steps" | "runs" | "operates" | "executes"> {
  const fields = isObject(value) ? value : {};
  const steps: readonly unknown[] = Array.isArray(fields.steps) ? fields.steps : [];
  return {
    nth,
    id: typeof fields.id === "string" ? fields.id.slice(0, LONGEST_NAME) : "",
    name: String(fields[kind === "workflow" ? "name" : "label"] ?? "").slice(0, LONGEST_NAME),
    steps: steps.length,
    runs: namedIn(steps, "workflow"),
    operates: namedIn(steps, "operationId"),
    executes: namedIn(steps, "executor"),
  };
}

function namedIn(steps: readonly unknown[], key: "workflow" | "operationId" | "executor"): { path: string; id: string }[] {
  return steps.slice(0, MOST_STEPS).flatMap((step, index) => (isObject(step) && typeof step[key] === "string" ? [{ path: `steps.${index}.${key}`, id: step[key].slice(0, LONGEST_NAME) }] : []));
}
