import type { Schedule } from "../../schedule/schedule.ts";
import { sentence } from "../../schedule/sentence.ts";
import type { StrandView } from "../schemas.ts";

/** When a strand fires, for people and as its owner writes it. */
export function triggerView(schedule: Schedule, hostZone: string): StrandView["trigger"] {
  const zone = ("zone" in schedule ? schedule.zone : null) ?? null;
  return { kind: schedule.kind, text: sentence(schedule, { hostZone }), zone, expression: expressionOf(schedule) };
}

function expressionOf(schedule: Schedule): string | null {
  switch (schedule.kind) {
    case "cron":
      return schedule.expression;
    case "event":
    case "unknown":
      return schedule.what;
    default:
      return null;
  }
}
