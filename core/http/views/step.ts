import { readRowId } from "../../run/machine/rowId.ts";
import type { StrandRecord } from "../../store/contract.ts";
import type { StrandView } from "../schemas.ts";
import { dependsOn } from "./woven.ts";

type StepView = StrandView["steps"][number];

/** Phases of a step that are told with its strand. */
const MOST_PHASES = 12;
/** So many rows of a run are in its strand's record: of a list that made more, not all items are known. */
const ALL_KNOWN = 200;

/** The steps of a strand as its newest run left them; of a workflow's steps also their lists and phases. */
export function stepViews(strand: StrandRecord): StepView[] {
  const states = new Map(strand.stepStates.map((state) => [state.id, state]));
  const parts = strand.woven ? partsOf(strand.stepStates) : null;
  return strand.steps.map(({ id, label, operationId, shares }) => {
    const state = states.get(id);
    return {
      id, label, operationId: operationId ?? null, dependsOn: dependsOn(strand, id), shares: [...(shares ?? [])], status: state?.status ?? null, reason: state?.reason ?? null, ...parts?.get(id),
    };
  });
}

/** What is told of the rows that belong to a step, by its id. */
function partsOf(states: StrandRecord["stepStates"]): ReadonlyMap<string, Pick<StepView, "items" | "phases">> {
  const rows = states.map((state) => ({ ...state, ...readRowId(state.id) }));
  const ofSteps = Map.groupBy(rows.filter(({ item, phase }) => item !== null || phase !== null), ({ step }) => step);
  return new Map(
    [...ofSteps].map(([step, own]) => {
      const items = own.filter(({ item, phase }) => item !== null && phase === null).map(({ status }) => status);
      const phases = own.flatMap(({ item, phase, status }) => (item === null && phase !== null ? [{ name: phase, status }] : []));
      const known = items.length > 0 && states.length < ALL_KNOWN;
      return [step, { ...(known && { items: sumOf(items) }), ...(phases.length > 0 && { phases: phases.slice(0, MOST_PHASES) }) }];
    }),
  );
}

function sumOf(items: readonly string[]): NonNullable<StepView["items"]> {
  const count = (...wanted: string[]): number => items.filter((status) => wanted.includes(status)).length;
  return { all: items.length, done: count("completed", "skipped"), failed: count("failed", "failed_crash") };
}
