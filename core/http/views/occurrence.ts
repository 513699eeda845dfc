import { causeText } from "../../occurrence/causes.ts";
import type { OccurrenceRecord } from "../../store/contract.ts";
import type { OccurrenceView } from "../schemas.ts";
import { acknowledgedView } from "./acknowledged.ts";
import { iso, isoOrNull } from "./times.ts";

/** A planned firing and what became of it. */
export function occurrenceView(occurrence: OccurrenceRecord): OccurrenceView {
  const { strandId, dueAt, status, cause, runId, graceMs, judgedAt } = occurrence;
  const asksWhy = cause !== null || status === "missed";
  return {
    strandId,
    dueAt: iso(dueAt),
    status,
    cause,
    causeText: asksWhy ? causeText(cause) : null,
    runId,
    graceMs,
    judgedAt: isoOrNull(judgedAt),
    acknowledged: acknowledgedView(occurrence),
  };
}
