import type { RowFacts } from "../store/contract.ts";
import { advance } from "./machine/advance.ts";
import { decide, type Happening, type Refusal } from "./machine/decide.ts";
import type { Decision, Given, Move, Task } from "./machine/decision.ts";
import type { Plan } from "./machine/plan.ts";
import { recover } from "./machine/recover.ts";
import type { RunState } from "./machine/state.ts";

/** Something that a run is told, with what is to be stored if it changes anything. */
export interface Told {
  readonly happening: Happening | { readonly is: "look" } | { readonly is: "recover" };
  readonly facts: readonly RowFacts[];
}

/** What came of all that a run was told at once. */
export interface Change {
  readonly moves: readonly Move[];
  readonly facts: readonly RowFacts[];
  /** Attempts to begin, or to find again: each is told once. */
  readonly begins: readonly Extract<Task, { do: "start" | "reattach" }>[];
  /** What else has to be under way. */
  readonly wants: readonly Exclude<Task, { do: "start" | "reattach" }>[];
  readonly wakeAt: number | null;
  readonly after: RunState;
  /** For each that was told, why it changes nothing; null: it may. */
  readonly refusals: readonly (Refusal | null)[];
}

/** Lets the machine decide on one after the other, for one change of the store. Pure, but for what `given` is asked. */
export function fold(plan: Plan, run: RunState, told: readonly Told[], given: Given): Change {
  const moves: Move[] = [];
  const facts = new Map<string, RowFacts>();
  const begins: Extract<Task, { do: "start" | "reattach" }>[] = [];
  const refusals: (Refusal | null)[] = [];
  let last: Decision = { moves: [], tasks: [], wakeAt: null, after: run };
  for (const { happening, facts: its } of told) {
    const decision = decisionOn(plan, last.after, happening, given);
    if (typeof decision === "string") {
      refusals.push(decision);
      continue;
    }
    refusals.push(null);
    for (const one of its) facts.set(one.step, { ...facts.get(one.step), ...one });
    moves.push(...decision.moves);
    begins.push(...decision.tasks.filter(isBeginning));
    last = decision;
  }
  const wants = last.tasks.filter((task): task is Change["wants"][number] => !isBeginning(task));
  return { moves, facts: [...facts.values()], begins, wants, wakeAt: last.wakeAt, after: last.after, refusals };
}

function decisionOn(plan: Plan, run: RunState, happening: Told["happening"], given: Given): Decision | Refusal {
  if (happening.is === "look") return advance(plan, run, given);
  if (happening.is === "recover") return recover(plan, run, given);
  const verdict = decide(plan, run, happening, given);
  return verdict.outcome === "ok" ? verdict.decision : verdict.why;
}

function isBeginning(task: Task): task is Change["begins"][number] {
  return task.do === "start" || task.do === "reattach";
}
