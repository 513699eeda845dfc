import type { Problem } from "../errors/loomError.ts";
import { nearest } from "../nearest.ts";
import { readCron } from "./cron.ts";
import type { Schedule } from "./schedule.ts";
import { openZone } from "./zone.ts";

/** What is wrong with a schedule; empty when its firings can be computed as far as its kind allows. */
export function validateSchedule(schedule: Schedule): Problem[] {
  switch (schedule.kind) {
    case "cron": {
      const read = readCron(schedule.expression);
      return [...("problem" in read ? [read.problem] : []), ...zoneProblems(schedule.zone)];
    }
    case "every":
      return schedule.everyMs >= 1 && Number.isFinite(schedule.everyMs)
        ? []
        : [{ path: "everyMs", message: `${schedule.everyMs} is not a length of time`, mend: "Give milliseconds, 1 or more." }];
    case "at":
      return [
        ...(Number.isFinite(schedule.atMs) ? [] : [{ path: "atMs", message: `${schedule.atMs} is not a time`, mend: "Give milliseconds since 1970." }]),
        ...(schedule.zone === undefined ? [] : zoneProblems(schedule.zone)),
      ];
    case "manual":
    case "event":
    case "unknown":
      return [];
    default:
      // Authors of JavaScript have no compiler that says so.
      return [{ path: "kind", message: `"${String((schedule as { readonly kind: unknown }).kind)}" is no kind of schedule`, mend: "Use cron, every, at or manual." }];
  }
}

function zoneProblems(zone: string): Problem[] {
  return openZone(zone) ? [] : [{ path: "zone", message: `"${zone}" is not a known time zone.`, mend: meant(zone) }];
}

function meant(zone: string): string {
  const near = nearest(zone, Intl.supportedValuesOf("timeZone"));
  return near === undefined ? "Use an IANA name, such as Europe/Berlin." : `Did you mean "${near}"?`;
}
