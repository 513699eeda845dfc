import type { Problem } from "../../errors/loomError.ts";
import type { StrandRecord } from "../../store/contract.ts";
import type { TriggerSpec } from "../../workflow/contract.ts";
import type { InputFacts } from "../../workflow/facts.ts";
import type { StrandView, WovenView } from "../schemas.ts";

/** What a workflow has that a mirrored strand has not; null for a mirrored one. */
export function wovenView({ woven }: StrandRecord, problems: readonly Problem[]): WovenView | null {
  if (!woven) return null;
  const { modulePath, shipped, facts, enabledOverride } = woven;
  const startedBy = new Set(facts.triggers.map((trigger) => ("webhook" in trigger ? "webhook" : "after")));
  return {
    file: modulePath,
    shipped,
    enabledInFile: facts.enabled,
    overridden: enabledOverride !== null,
    input: inputNeed(facts.input),
    misfire: facts.misfire.kind,
    startedBy: [...startedBy],
    problems: problems.map(problemView),
  };
}

/** What starts a workflow besides its schedule, each in words. @param nameOf a strand's name by its id */
export function alsoStartedBy(triggers: readonly TriggerSpec[], nameOf: (strandId: string) => string): string[] {
  return triggers.map((trigger) => ("webhook" in trigger ? "by webhook" : `after ${nameOf(trigger.after)}${trigger.on === "ended" ? "" : ` ${trigger.on ?? "succeeded"}`}`));
}

/** What has to be done before each step of a workflow. */
export function dependsOn({ woven }: StrandRecord, stepId: string): string[] {
  return [...(woven?.facts.steps.find(({ id }) => id === stepId)?.dependsOn ?? [])];
}

/** What may be asked of a workflow, and why not. */
export function wovenCan(strand: StrandRecord): StrandView["can"] {
  const gone = strand.goneAt === null ? null : "Its file is gone.";
  const reason = gone ?? (strand.paused ? `It is paused by ${strand.paused.by}.` : null);
  return { setEnabled: { allowed: gone === null, reason: gone }, run: { allowed: reason === null, reason } };
}

export function problemView({ path, message, mend }: Problem): WovenView["problems"][number] {
  return { path, message, ...(mend !== undefined && { mend }) };
}

function inputNeed(input: InputFacts | null): WovenView["input"] {
  if (!input) return "none";
  return input.default === undefined ? "needed" : "optional";
}
