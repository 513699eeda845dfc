import type { Problem } from "../errors/loomError.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { validateSchedule } from "../schedule/validate.ts";
import { isObject, objectOf, shown, text, unfit, type Check } from "./fields.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LEAST_MS = 1000;
const MOST_MS = 366 * UNITS.d!;
const FORMS = 'Write a cron expression, { cron: "0 2 * * *", zone: "Europe/Berlin" }, { every: "15m" } or { at: "2027-01-01T00:00:00Z" }.';

/**
 * What an author's `schedule` means, or everything that is wrong with it, at paths such as `schedule.zone`.
 * @param spec a `ScheduleSpec`, or whatever stands in its place
 * @param hostZone IANA name; where the author names no zone
 */
export function readSchedule(spec: unknown, hostZone: string): { readonly schedule: Schedule } | { readonly problems: readonly Problem[] } {
  const read = typeof spec === "string" ? cron(spec, undefined, hostZone, "schedule") : readObject(spec, hostZone);
  if ("problems" in read) return read;
  const problems = validateSchedule(read.schedule).map((problem) => ({ ...problem, path: read.paths[problem.path] ?? "schedule" }));
  return problems.length > 0 ? { problems } : { schedule: read.schedule };
}

/** With the author's path for each field of the schedule. */
type Read = { readonly schedule: Schedule; readonly paths: Readonly<Record<string, string>> } | { readonly problems: readonly Problem[] };

function readObject(spec: unknown, hostZone: string): Read {
  const kinds = isObject(spec) ? ["cron", "every", "at"].filter((kind) => spec[kind] !== undefined) : [];
  if (!isObject(spec) || kinds.length !== 1) {
    const message = kinds.length > 1 ? `"schedule" has ${kinds.join(" and ")}; it is one of them.` : '"schedule" tells no time.';
    return { problems: [{ path: "schedule", message, mend: FORMS }] };
  }
  const problems = forms[kinds[0]!]!(spec, "schedule");
  if (problems.length > 0) return { problems };
  if (spec.cron !== undefined) return cron(spec.cron as string, spec.zone as string | undefined, hostZone, "schedule.cron");
  // Counted from a fixed instant, so that a restart moves nothing.
  if (spec.every !== undefined) return { schedule: { kind: "every", everyMs: milliseconds(spec.every)!, anchorMs: 0 }, paths: {} };
  return { schedule: { kind: "at", atMs: Date.parse(spec.at as string) }, paths: {} };
}

function cron(expression: string, zone: string | undefined, hostZone: string, path: string): Read {
  const schedule: Schedule = { kind: "cron", expression, zone: zone ?? hostZone, ...(zone === undefined ? { zoneIsHost: true } : {}) };
  return { schedule, paths: { expression: path, zone: "schedule.zone" } };
}

const every: Check = (value, path) => {
  const ms = milliseconds(value);
  return ms !== undefined && ms >= LEAST_MS && ms <= MOST_MS ? [] : unfit(value, path, 'Give milliseconds, or a number with ms, s, m, h or d: "15m". From one second to 366 days.');
};

const instant: Check = (value, path) => {
  const whole = typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(value);
  if (whole && Number.isFinite(Date.parse(value))) return [];
  return [{ path, message: `"at" cannot be ${shown(value)}.`, mend: 'Give date, time, and Z or an offset: "2027-01-01T09:00:00+01:00".' }];
};

const forms: Readonly<Record<string, Check>> = {
  cron: objectOf({ cron: text(200), zone: text(100) }),
  every: objectOf({ every }),
  at: objectOf({ at: instant }),
};

function milliseconds(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
  const [, count, unit] = typeof value === "string" ? (/^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value) ?? []) : [];
  return count === undefined ? undefined : Math.round(Number(count) * UNITS[unit!]!);
}
