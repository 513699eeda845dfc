import { readCron } from "./cron.ts";
import { fieldsOf } from "./cronFields.ts";
import { dayWords } from "./dayWords.ts";
import type { Schedule } from "./schedule.ts";
import { timeWords } from "./timeWords.ts";
import { duration } from "./words.ts";
import { openZone } from "./zone.ts";

type CronSchedule = Extract<Schedule, { kind: "cron" }>;

export interface SentenceOptions {
  /** IANA name; a single firing without a zone of its own is told in it. Default UTC. */
  readonly hostZone?: string;
}

/**
 * A schedule in plain English, for reading aloud: "every day at 02:00 Berlin time". Where no sentence would be
 * both short and true it is the expression itself.
 */
export function sentence(schedule: Schedule, { hostZone = "UTC" }: SentenceOptions = {}): string {
  switch (schedule.kind) {
    case "cron":
      return cronSentence(schedule) + staggerWords(schedule);
    case "every":
      return schedule.everyMs >= 1 && Number.isFinite(schedule.everyMs) ? `every ${duration(schedule.everyMs, "every")}` : `every ${schedule.everyMs} ms`;
    case "at":
      return `once, ${instantWords(schedule.atMs, schedule.zone ?? hostZone)}`;
    case "manual":
      return "only by hand";
    case "event":
      return `when ${schedule.what}`;
    case "unknown":
      return schedule.what;
  }
}

function cronSentence(schedule: CronSchedule): string {
  const zone = schedule.zoneIsHost ? `host time (${schedule.zone})` : zoneWords(schedule.zone);
  const read = readCron(schedule.expression);
  const fields = "cron" in read ? fieldsOf(read.cron) : undefined;
  const time = fields && timeWords(fields);
  const days = fields && dayWords(fields);
  if (!time || !days) return `cron ${schedule.expression.trim()}, ${zone}`;
  return time.kind === "at" ? `${days.lead} at ${time.text} ${zone}` : `${time.text}${days.tail}, ${zone}`;
}

function staggerWords({ staggerMs }: CronSchedule): string {
  return staggerMs ? `, delayed by up to ${duration(staggerMs)}` : "";
}

/** `Europe/Berlin` → `Berlin time`. Zones that are not named for a city stay as they are. */
function zoneWords(zone: string): string {
  if (zone === "UTC" || zone === "Etc/UTC") return "UTC";
  const city = zone.startsWith("Etc/") ? undefined : zone.split("/").slice(1).at(-1);
  return city === undefined ? zone : `${city.replaceAll("_", " ")} time`;
}

function instantWords(at: number, zoneName: string): string {
  const zone = openZone(zoneName);
  const date = new Date(at + (Number.isFinite(at) ? (zone?.offset(at) ?? 0) : 0));
  if (Number.isNaN(date.getTime())) return "at an unknown time";
  const [, day, month, year] = date.toUTCString().split(" ") as [string, string, string, string];
  const time = date.toISOString().slice(11, 19).replace(/:00$/, "");
  return `on ${Number(day)} ${month} ${year} at ${time} ${zone ? zoneWords(zoneName) : "UTC"}`;
}
