import { CronExpressionParser, type CronExpression } from "cron-parser";
import type { Problem } from "../errors/loomError.ts";
import type { LocalMs } from "./zone.ts";

const MEND =
  "Write minute hour day-of-month month day-of-week, with seconds before them if need be: numbers, *, lists, ranges and steps, L for the last day, 5L for the last Friday, 1#2 for the second Monday. Or a name such as @daily.";

/**
 * Reads five fields, six (seconds first), or a name such as `@daily`. What comes back tells the local times from `from` on,
 * with local clocks taken for UTC: it knows no zone. Never throws: an expression that cron-parser cannot read, or that never
 * comes, is a problem at the path `expression`.
 */
export function readCron(expression: string, from: LocalMs = 0): { readonly cron: CronExpression } | { readonly problem: Problem } {
  try {
    // The library begins after its current date; ours is the first that may be told.
    return { cron: CronExpressionParser.parse(normalised(expression), { tz: "UTC", currentDate: from - 1 }) };
  } catch (error) {
    return { problem: { path: "expression", message: `This cron expression cannot be read: ${(error as Error).message}`, mend: MEND } };
  }
}

/** The local times that a fresh reading names, in order. Ends where nothing follows within centuries. */
export function* cronTimes(cron: CronExpression): Generator<LocalMs, void, void> {
  for (;;) {
    const [date] = cron.take(1);
    const local = date?.getTime() ?? Number.NaN;
    if (!Number.isFinite(local)) return;
    yield local;
  }
}

/** croner's spellings in cron-parser's: only what is the same thing written otherwise. */
function normalised(expression: string): string {
  // Small letters, since a capital H would ask the library for a random time.
  const written = expression.trim().toLowerCase();
  if (written.startsWith("@")) return named(written);
  const fields = written === "" ? [] : written.split(/\s+/);
  // The library fills in fields that are missing; croner takes seven, with years last.
  if (fields.length === 7 && fields[6] === "*") fields.pop();
  if (fields.length === 5) fields.unshift("0");
  if (fields.length !== 6) throw new Error(`it has ${fields.length} fields, and should have five or six`);
  const [second, minute, hour, date, month, weekday] = fields as [string, string, string, string, string, string];
  return [second, minute, hour, dateField(date), month, weekdayField(weekday)].join(" ");
}

const NAMES = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@hourly"];

function named(written: string): string {
  const name = written === "@midnight" ? "@daily" : written;
  if (!NAMES.includes(name)) throw new Error(`"${written}" is not a known name`);
  return name;
}

/** To croner a `?` is a restriction that allows every day. It matters, since either of two restrictions is enough. */
function dateField(text: string): string {
  return text === "?" ? "1-31" : text.replaceAll("l", "L");
}

function weekdayField(text: string): string {
  // A range may end on Sunday: it is 7 there, and 0 elsewhere.
  return text === "?" ? "0-6" : text.replaceAll("-sun", "-7").replaceAll("#l", "L").replaceAll("l", "L");
}
