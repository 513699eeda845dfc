import type { Problem } from "../errors/loomError.ts";
import { nearest } from "../nearest.ts";
import { isObject, shown } from "./fields.ts";
import { ringsIn, ringWords } from "./graph.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What says what a step does. */
const WORK = ["run", "operationId", "executor", "workflow"];

/** What is wrong with steps beyond their single fields: work that is missing or double, fields that do not go together, who waits for whom. */
export function stepsProblems(steps: readonly unknown[]): Problem[] {
  return [...steps.flatMap((step, index) => (isObject(step) ? [...workProblems(step, `steps.${index}`), ...fieldsApart(step, `steps.${index}`)] : [])), ...twins(steps), ...strangers(steps), ...rings(steps)];
}

function workProblems(step: Fields, path: string): Problem[] {
  const work = WORK.filter((key) => step[key] !== undefined);
  if (work.length === 1) return [];
  if (work.length === 0) return [{ path, message: `${called(step)} does nothing.`, mend: "Give it run, operationId, executor or workflow." }];
  return [{ path: `${path}.${work[1]}`, message: `${called(step)} has ${work.join(" and ")}; it can do one thing.`, mend: `Keep one of them; make another step for the other.` }];
}

/** Fields that mean nothing beside, or without, another. */
function fieldsApart(step: Fields, path: string): Problem[] {
  const has = (key: string): boolean => step[key] !== undefined;
  const problems: Problem[] = [];
  if (has("run") && has("input")) problems.push({ path: `${path}.input`, message: `${called(step)} has input beside run.`, mend: "A run takes what it needs from ctx: ctx.input, ctx.results, ctx.item." });
  if (has("parallel") && !has("each")) problems.push({ path: `${path}.parallel`, message: '"parallel" counts the items of each, and there is no each.', mend: "Add each, or remove it." });
  if (has("afterCrash") && !has("run")) problems.push({ path: `${path}.afterCrash`, message: '"afterCrash" goes with run only.', mend: "Operations and executors say it themselves: remove it." });
  if (has("backoff") && !(Number(step.retries) > 0)) problems.push({ path: `${path}.backoff`, message: '"backoff" waits between retries, and there are none.', mend: "Add retries: 3, or remove it." });
  return problems;
}

function twins(steps: readonly unknown[]): Problem[] {
  const ids = steps.map(idOf);
  return ids.flatMap((id, index) => (id !== undefined && ids.indexOf(id) < index ? [{ path: `steps.${index}.id`, message: `Another step has the id ${shown(id)} already.`, mend: "Rename one of them." }] : []));
}

function strangers(steps: readonly unknown[]): Problem[] {
  const known = steps.map(idOf).filter((id) => id !== undefined);
  return steps.flatMap((step, index) =>
    needsOf(step).flatMap(([id, place]): Problem[] => {
      if (known.includes(id)) return [];
      const meant = nearest(id, known);
      return [{ path: `steps.${index}.dependsOn.${place}`, message: `${called(step)} depends on ${shown(id)}, which is no step of this workflow.`, mend: meant ? `Did you mean "${meant}"?` : `There are ${known.join(", ")}.` }];
    }),
  );
}

function rings(steps: readonly unknown[]): Problem[] {
  const graph = new Map(steps.flatMap((step) => (idOf(step) === undefined ? [] : [[idOf(step)!, needsOf(step).map(([id]) => id)] as const])));
  return ringsIn(graph).map((ring) => {
    const index = steps.findIndex((step) => idOf(step) === ring[0]);
    const place = needsOf(steps[index]).find(([id]) => id === ring[1])![1];
    const message = ring.length === 2 ? `${called(steps[index])} depends on itself.` : `Steps wait for each other: ${ringWords(ring)}.`;
    return { path: `steps.${index}.dependsOn.${place}`, message, mend: "Remove one of these dependencies." };
  });
}

function idOf(step: unknown): string | undefined {
  return isObject(step) && typeof step.id === "string" ? step.id : undefined;
}

/** What it depends on, each with its place in the list. */
function needsOf(step: unknown): (readonly [id: string, place: number])[] {
  const needs: unknown = isObject(step) ? step.dependsOn : undefined;
  return Array.isArray(needs) ? needs.flatMap((id: unknown, place) => (typeof id === "string" ? [[id, place] as const] : [])) : [];
}

function called(step: unknown): string {
  const id = idOf(step);
  return id === undefined ? "This step" : `Step ${shown(id)}`;
}
