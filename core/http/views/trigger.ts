import type { Schedule } from "../../schedule/schedule.ts";
import { sentence } from "../../schedule/sentence.ts";
import type { StrandView } from "../schemas.ts";

/**
 * When a strand fires, for people and as its owner writes it.
 * @param also what starts it besides, in words
 */
export function triggerView(schedule: Schedule, hostZone: string, also: readonly string[] = []): StrandView["trigger"] {
  const zone = ("zone" in schedule ? schedule.zone : null) ?? null;
  const onlyAlso = schedule.kind === "manual" && also.length > 0;
  const text = [...(onlyAlso ? [] : [sentence(schedule, { hostZone })]), ...also].join(", ");
  return { kind: onlyAlso ? "event" : schedule.kind, text, zone, expression: expressionOf(schedule) };
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
