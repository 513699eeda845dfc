import { CronExpressionParser, type CronExpression } from "cron-parser";
import type { Problem } from "../errors/loomError.ts";
import type { LocalMs } from "./zone.ts";

const MEND =
  "Write minute hour day-of-month month day-of-week, with seconds before them if need be: numbers, *, lists, ranges and steps, L for the last day, 5L for the last Friday, 1#2 for the second Monday. Or a name such as @daily.";

/**
 * Reads five fields, six (seconds first), or a name such as `@daily`. What comes back tells the local times from `from` on,
 * with local clocks taken for UTC: it knows no zone. Never throws: an expression that cron-parser cannot read, or that never
 * comes, is a problem at the path `expression`.
 * @param until nothing later is looked for: years in which nothing comes take long to look through
 */
export function readCron(expression: string, from: LocalMs = 0, until?: LocalMs): { readonly cron: CronExpression } | { readonly problem: Problem } {
  const outside = valueOutside(expression);
  if (outside !== null) return { problem: { path: "expression", message: `This cron expression cannot be read: ${outside}.`, mend: MEND } };
  try {
    // The library begins after its current date; ours is the first that may be told.
    return { cron: CronExpressionParser.parse(normalised(expression), { tz: "UTC", currentDate: from - 1, ...(until !== undefined && { endDate: until }) }) };
  } catch (error) {
    return { problem: { path: "expression", message: `This cron expression cannot be read: ${inWords(error as Error)}.`, mend: MEND } };
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

const FIELDS = [["second", 0, 59], ["minute", 0, 59], ["hour", 0, 23], ["day of month", 1, 31], ["month", 1, 12], ["day of week", 0, 7]] as const;

/** The first number that its field does not have: the library names neither; null: all are in their ranges. */
function valueOutside(expression: string): string | null {
  const fields = expression.trim().split(/\s+/);
  if (fields.length < 5 || fields.length > 6) return null;
  const names = FIELDS.slice(6 - fields.length);
  for (const [i, field] of fields.entries()) {
    const [name, least, most] = names[i]!;
    // Behind `/` stands a step, and behind `#` which of the month's.
    const numbers = field.split(",").flatMap((part) => part.split(/[/#]/)[0]!.split("-")).filter((text) => /^\d+$/.test(text));
    const outside = numbers.find((text) => Number(text) < least || Number(text) > most);
    if (outside !== undefined) return `the ${name} is ${outside}, and has to be from ${least} to ${most}`;
  }
  return null;
}

/** What the library says, as far as it says it to people. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/min\((\d+)\) > max\((\d+)\)/, "the range $1-$2 ends before it begins"],
  [/cannot repeat at every (\S+) time/, "a step cannot be $1"],
  [/invalid dayOfWeek occurrence/i, "behind # stands which one of the month it is, from 1 to 5"],
  [/explicit day of month/i, "the day of month never comes in that month"],
  [/cannot resolve alias "(.*)"/i, 'it has a name that is not known, near "$1"'],
  [/Invalid characters, got value: (\S+)/, 'it has a field "$1" that is not known'],
];

function inWords({ message }: Error): string {
  for (const [pattern, words] of WORDS) {
    const match = pattern.exec(message);
    if (match) return words.replace(/\$(\d)/g, (_, n: string) => match[Number(n)] ?? "");
  }
  return message.replace(/[.]$/, "");
}
