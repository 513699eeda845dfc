import type { Problem } from "../errors/loomError.ts";
import { aFunction, isObject, listOf, named, numberFrom, objectOf, oneOf, shown, standardSchema, text, trueOrFalse, unfit, wholeNumber, type Check } from "./fields.ts";
import { readSchedule } from "./schedule.ts";
import { stepsProblems } from "./validateSteps.ts";

/** Steps of one workflow. */
export const MOST_STEPS = 500;
const ID_MEND = "Use small letters, digits and hyphens, beginning with a letter or digit: nightly-report.";
const workflowId = named(/^[a-z0-9][a-z0-9-]{0,63}$/, ID_MEND);
const tags = listOf(100, named(/^[A-Za-z0-9][\w.:-]*$/, "Use letters, digits and . _ : - only, such as has-gpu."));
const afterCrash = oneOf("retry", "fail");

/**
 * Everything that is wrong with what a file exports as `workflow`, at paths such as `steps.1.retries`; empty when it can
 * be run. Calls none of its functions.
 */
export function validateWorkflow(value: unknown): Problem[] {
  const problems = workflow(value, "");
  return isObject(value) ? [...problems, ...selfProblems(value)] : problems;
}

/** The same for what a file exports as `operation`, or for one of its `operations`. */
export function validateOperation(value: unknown): Problem[] {
  return operation(value, "");
}

const schedule: Check = (value) => {
  // Which zone stands in for this machine's makes no difference to mistakes.
  const read = readSchedule(value, "UTC");
  return "problems" in read ? [...read.problems] : [];
};

const trigger: Check = (value, path) => {
  if (isObject(value) && value.webhook !== undefined) return webhook(value, path);
  if (isObject(value) && value.after !== undefined) return after(value, path);
  return unfit(value, path, 'Write { after: "another-strand" } or { webhook: "hmac", secret: "NAME_OF_A_VARIABLE" }.');
};

const after = objectOf({ after: text(300), on: oneOf("succeeded", "failed", "ended") });

const webhook = objectOf(
  { webhook: oneOf("hmac", "token"), secret: named(/^[A-Za-z_]\w*$/, "Name the environment variable that holds the secret: GITHUB_SECRET.") },
  ["secret"],
);

const concurrencyFields = objectOf({ runs: wholeNumber(1, 1000), key: aFunction("(input) => input.city"), runsPerKey: wholeNumber(1, 1000) });

const concurrency: Check = (value, path) => {
  const keyless = isObject(value) && value.runsPerKey !== undefined && value.key === undefined;
  const alone: Problem[] = keyless ? [{ path: `${path}.runsPerKey`, message: '"runsPerKey" counts nothing without a key.', mend: "Add key: (input) => …, or use runs." }] : [];
  return [...concurrencyFields(value, path), ...alone];
};

const misfireAll = objectOf({ all: wholeNumber(1, 1000) }, ["all"]);
const misfire: Check = (value, path) => (isObject(value) ? misfireAll(value, path) : value === "skip" || value === "once" ? [] : unfit(value, path, 'Use "skip", "once" or { all: 10 }.'));

const step = objectOf(
  {
    id: workflowId,
    label: text(40),
    dependsOn: listOf(MOST_STEPS, text(100)),
    when: aFunction("({ results }) => results.fetch.length > 0"),
    each: aFunction("({ input }) => input.cities"),
    parallel: wholeNumber(1, 100),
    requires: tags,
    hostHint: text(253),
    timeoutMs: wholeNumber(1, 7 * 86_400_000),
    retries: wholeNumber(0, 100),
    backoff: backoff(),
    run: aFunction("async (ctx) => ({ ok: true })"),
    afterCrash,
    operationId: operationId(),
    executor: executorKind(),
    workflow: workflowId,
    input: () => [],
  },
  ["id", "label"],
);

function backoff(): Check {
  const fields = objectOf({ initialMs: wholeNumber(0, 86_400_000), factor: numberFrom(1, 100), maxMs: wholeNumber(0, 86_400_000), jitter: numberFrom(0, 1) });
  return (value, path) => {
    const problems = fields(value, path);
    if (problems.length > 0 || !isObject(value)) return problems;
    const [initial, most] = [Number(value.initialMs ?? 1000), Number(value.maxMs ?? 300_000)];
    return initial <= most ? [] : [{ path: `${path}.initialMs`, message: `The first wait, ${initial} ms, is longer than the longest, ${most} ms.`, mend: "Raise maxMs, or lower initialMs." }];
  };
}

function operationId(): Check {
  return named(/^[a-z0-9][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+$/, "Use category.name in small letters, digits and hyphens: http.request.");
}

function executorKind(): Check {
  const form = named(/^[a-z0-9][a-z0-9-]*$/, "Name the kind of an executor: shell.");
  return (value, path) => {
    if (value === "fn") return unfit(value, path, "Give the function as run: async (ctx) => ….");
    if (value === "operation") return unfit(value, path, 'Name it as operationId: "http.request".');
    return form(value, path);
  };
}

const steps: Check = (value, path) => {
  if (!Array.isArray(value)) return unfit(value, path, "Give a list of steps: […].");
  if (value.length === 0) return [{ path, message: "There are no steps.", mend: "Give at least one." }];
  if (value.length > MOST_STEPS) return [{ path, message: `${value.length} steps are too many.`, mend: `Have at most ${MOST_STEPS}; \`each\` makes one step of many items.` }];
  return [...Array.from(value, (one: unknown, index) => step(one, `${path}.${index}`)).flat(), ...stepsProblems(value)];
};

const workflow = objectOf(
  {
    id: workflowId,
    name: text(100),
    description: text(1000),
    schedule,
    triggers: listOf(100, trigger),
    enabled: trueOrFalse,
    input: standardSchema,
    requires: tags,
    defaultHost: text(253),
    concurrency,
    overlap: oneOf("skip", "queue", "cancel_old"),
    misfire,
    steps,
  },
  ["id", "name", "steps"],
);

const operation = objectOf(
  { id: operationId(), label: text(40), description: text(1000), input: standardSchema, afterCrash, run: aFunction("async (input, ctx) => ({ ok: true })") },
  ["id", "label", "run"],
);

/** What would start it for ever. */
function selfProblems({ id, triggers, steps: list }: Readonly<Record<string, unknown>>): Problem[] {
  if (typeof id !== "string") return [];
  const loops = (items: unknown, field: string, key: string): Problem[] =>
    (Array.isArray(items) ? items : []).flatMap((item: unknown, index) =>
      isObject(item) && item[key] === id ? [{ path: `${field}.${index}.${key}`, message: `${shown(id)} would start itself for ever.`, mend: "Name another one." }] : [],
    );
  return [...loops(triggers, "triggers", "after"), ...loops(list, "steps", "workflow")];
}
