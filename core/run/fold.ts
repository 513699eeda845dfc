import type { RowFacts } from "../store/contract.ts";
import { drive } from "./machine/advance.ts";
import { takeIn, type Happening, type Refusal } from "./machine/decide.ts";
import { isBeginning, type Beginning, type Given, type Move, type Task } from "./machine/decision.ts";
import { Draft } from "./machine/draft.ts";
import type { Plan } from "./machine/plan.ts";
import { takeUpAll } from "./machine/recover.ts";
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
  readonly begins: readonly Beginning[];
  /** What else has to be under way. */
  readonly wants: readonly Exclude<Task, Beginning>[];
  readonly wakeAt: number | null;
  readonly after: RunState;
  /** For each that was told, why it changes nothing; null: it may. */
  readonly refusals: readonly (Refusal | null)[];
}

/** These are of one attempt or one evaluation each, and hang on nothing that a look would change for others. */
const BY_THEMSELVES: ReadonlySet<Told["happening"]["is"]> = new Set(["evaluated", "waits", "placed", "started", "phase", "ended"] as const);

/**
 * Lets the machine take in one after the other, for one change of the store, and looks at the run once for all of them: there may be
 * thousands, of a run with thousands of rows. Pure, but for what `given` is asked.
 */
export function fold(plan: Plan, run: RunState, told: readonly Told[], given: Given): Change {
  const draft = new Draft(run);
  const facts = new Map<string, RowFacts>();
  const refusals: (Refusal | null)[] = [];
  let isDriven = true;
  for (const { happening, facts: its } of told) {
    if (!isDriven && !BY_THEMSELVES.has(happening.is)) drive(plan, draft, given);
    const why = takeInAny(plan, draft, happening, given);
    refusals.push(why);
    if (why !== null) continue;
    for (const one of its) facts.set(one.step, { ...facts.get(one.step), ...one });
    isDriven = false;
  }
  if (!isDriven) drive(plan, draft, given);
  const { moves, tasks, wakeAt, after } = draft.decision();
  const wants = tasks.filter((task): task is Change["wants"][number] => !isBeginning(task));
  return { moves, facts: [...facts.values()], begins: tasks.filter(isBeginning), wants, wakeAt, after, refusals };
}

function takeInAny(plan: Plan, draft: Draft, happening: Told["happening"], given: Given): Refusal | null {
  if (happening.is === "look") return null;
  if (happening.is === "recover") {
    takeUpAll(plan, draft, given);
    return null;
  }
  return takeIn(plan, draft, happening, given);
}
