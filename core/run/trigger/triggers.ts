import type { StrandRecord } from "../../store/contract.ts";
import type { TriggerSpec } from "../../workflow/contract.ts";
import type { WorkflowFacts } from "../../workflow/facts.ts";

export type AfterTrigger = Extract<TriggerSpec, { readonly after: string }>;
export type WebhookTrigger = Extract<TriggerSpec, { readonly webhook: string }>;

export function afterTriggers({ triggers }: WorkflowFacts): AfterTrigger[] {
  return triggers.filter((trigger) => "after" in trigger);
}

export function webhookTriggers({ triggers }: WorkflowFacts): WebhookTrigger[] {
  return triggers.filter((trigger) => "webhook" in trigger);
}

/** Whether a run that ended like this is one that the trigger waits for. One that was skipped never began, and so has not ended. */
export function follows({ on = "succeeded" }: AfterTrigger, status: string): boolean {
  if (on !== "ended") return status === on;
  return status === "succeeded" || status === "failed" || status === "cancelled";
}

type Woven = StrandRecord & { readonly woven: NonNullable<StrandRecord["woven"]> };

/** Whether it is there and switched on; it may be paused. */
export function isOn(strand: StrandRecord | undefined): strand is Woven {
  return strand !== undefined && strand.woven !== null && strand.enabled && strand.goneAt === null;
}

/** Whether triggers start it now. */
export function isListening(strand: StrandRecord | undefined): strand is Woven {
  return isOn(strand) && strand.paused === null;
}
