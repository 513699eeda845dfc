import type { Problem } from "../errors/loomError.ts";

/** Which of a month's same weekdays: the first (1) to the fifth (5), the last, or each. */
export type Nth = 1 | 2 | 3 | 4 | 5 | "last" | "each";

/** A cron expression as sorted sets of numbers. Two expressions that mean the same read the same. */
export interface Cron {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** 1 to 12. */
  readonly months: readonly number[];
  /** Null: every year. */
  readonly years: readonly number[] | null;
  readonly dates: Dates;
  readonly weekdays: Weekdays;
  /** How dates and weekdays combine when both are restricted. */
  readonly combine: "either" | "both";
}

export interface Dates {
  /** Written `*`. A `?` or a list of all dates is a restriction that restricts nothing, and so it decides under "either". */
  readonly any: boolean;
  readonly numbers: readonly number[];
  readonly lastDay: boolean;
  /** The last day of the month that is Monday to Friday. */
  readonly lastWeekday: boolean;
  /** For each, the Monday to Friday nearest to that date within the month. */
  readonly nearest: readonly number[];
}

export interface Weekdays {
  readonly any: boolean;
  /** 0 is Sunday. */
  readonly rules: readonly { readonly day: number; readonly nth: Nth }[];
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Where `*` ends before `max`: Sunday is both 0 and 7, and counts once. */
  readonly starMax?: number;
  readonly names?: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const SECOND: Field = { name: "second", min: 0, max: 59 };
const MINUTE: Field = { name: "minute", min: 0, max: 59 };
const HOUR: Field = { name: "hour", min: 0, max: 23 };
const DATE: Field = { name: "day of month", min: 1, max: 31 };
const MONTH: Field = { name: "month", min: 1, max: 12, names: MONTHS };
const WEEKDAY: Field = { name: "day of week", min: 0, max: 7, starMax: 6, names: DAYS };
const YEAR: Field = { name: "year", min: 1, max: 9999 };

const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

class CronMistake extends Error {
  readonly mend: string;
  constructor(message: string, mend: string) {
    super(message);
    this.mend = mend;
  }
}

/**
 * Reads five fields, six (seconds first) or seven (years last), or a name such as `@daily`, in the dialect of croner 10,
 * which OpenClaw uses. Never throws: a mistake comes back as a problem at the path `expression`.
 */
export function readCron(expression: string): { readonly cron: Cron } | { readonly problem: Problem } {
  try {
    return { cron: parse(expression) };
  } catch (error) {
    if (!(error instanceof CronMistake)) throw error;
    return { problem: { path: "expression", message: error.message, mend: error.mend } };
  }
}

function parse(expression: string): Cron {
  const parts = splitFields(expression);
  const [second, minute, hour, date, month, weekday, year] = parts as [string, string, string, string, string, string, string];
  const both = weekday.startsWith("+");
  return {
    seconds: readSet(SECOND, second),
    minutes: readSet(MINUTE, minute),
    hours: readSet(HOUR, hour),
    months: readSet(MONTH, month),
    years: year === "*" ? null : readSet(YEAR, year),
    dates: readDates(date),
    weekdays: readWeekdays(both ? weekday.slice(1) : weekday),
    combine: both ? "both" : "either",
  };
}

/** Always seven fields. */
function splitFields(expression: string): string[] {
  const trimmed = expression.trim().toLowerCase();
  if (trimmed === "@reboot") throw new CronMistake("@reboot is not a time", "Give a time, such as @daily.");
  if (trimmed.startsWith("@") && !Object.hasOwn(NICKNAMES, trimmed)) {
    throw new CronMistake(`"${trimmed}" is not a known name`, `Known are ${Object.keys(NICKNAMES).join(", ")}.`);
  }
  const parts = (NICKNAMES[trimmed] ?? trimmed).split(/\s+/);
  if (parts.length < 5 || parts.length > 7 || parts[0] === "") {
    throw new CronMistake(`A cron expression has five to seven fields, not ${parts[0] === "" ? 0 : parts.length}`, "Write: minute hour day-of-month month day-of-week.");
  }
  if (parts.length === 5) parts.unshift("0");
  if (parts.length === 6) parts.push("*");
  return parts;
}

function readDates(text: string): Dates {
  const numbers: number[] = [];
  const nearest: number[] = [];
  let lastDay = false;
  let lastWeekday = false;
  for (const term of text.split(",")) {
    const near = /^(\d+)w$/.exec(term);
    if (term === "l") lastDay = true;
    else if (term === "lw") lastWeekday = true;
    else if (near) nearest.push(readNumber(DATE, near[1]!));
    else numbers.push(...readTerm(DATE, term));
  }
  return { any: text === "*", numbers: sorted(numbers), lastDay, lastWeekday, nearest: sorted(nearest) };
}

function readWeekdays(text: string): Weekdays {
  const rules = text.split(",").flatMap((term) => {
    const suffix = /^(.*?)(?:#(.+)|(l))$/.exec(term);
    const nth = suffix ? readNth(suffix[2] ?? "l") : "each";
    return readTerm(WEEKDAY, suffix ? suffix[1]! : term).map((day) => ({ day: day % 7, nth }));
  });
  return { any: text === "*", rules: rules.sort((a, b) => a.day - b.day) };
}

function readNth(text: string): Nth {
  if (text === "l") return "last";
  const nth = Number(text);
  if (nth === 1 || nth === 2 || nth === 3 || nth === 4 || nth === 5) return nth;
  throw new CronMistake(`"#${text}" names no weekday of a month`, "Use #1 to #5, or #L for the last.");
}

function readSet(field: Field, text: string): number[] {
  return sorted(text.split(",").flatMap((term) => readTerm(field, term)));
}

/** `*`, `*` with a step, a number, a range, or a range with a step. */
function readTerm(field: Field, written: string): number[] {
  const term = withoutNames(field, written);
  const match = /^(?:(\*|\?)|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(term);
  if (!match) throw new CronMistake(`"${written}" is not a ${field.name}`, `Use ${field.min} to ${field.max}, *, lists, ranges or steps.`);
  const [, star, from, to, step] = match;
  if (!star && !to) {
    if (step) throw new CronMistake(`"${written}" has a step without a range`, `Write ${from}-${field.max}/${step} instead.`);
    return [readNumber(field, from!)];
  }
  const low = star ? field.min : readNumber(field, from!);
  const high = star ? lastOf(field) : readNumber(field, to!);
  if (low > high) throw new CronMistake(`The range "${written}" runs backwards`, "Write the smaller number first, or two ranges with a comma.");
  return stepped(field, low, high, step === undefined ? 1 : Number(step));
}

function stepped(field: Field, low: number, high: number, step: number): number[] {
  const most = lastOf(field) - field.min + 1;
  if (step < 1 || step > most) throw new CronMistake(`A ${field.name} cannot step by ${step}`, `Use a step of 1 to ${most}.`);
  const numbers: number[] = [];
  for (let n = low; n <= high; n += step) numbers.push(n);
  return numbers;
}

function lastOf(field: Field): number {
  return field.starMax ?? field.max;
}

function readNumber(field: Field, text: string): number {
  const n = Number(text);
  if (n < field.min || n > field.max) throw new CronMistake(`${text} is not a ${field.name}`, `Use ${field.min} to ${field.max}.`);
  return n;
}

function withoutNames(field: Field, term: string): string {
  if (!field.names) return term;
  // A range may end on Sunday: it is 7 there, and 0 elsewhere.
  const text = field === WEEKDAY ? term.replace(/-sun/, "-7") : term;
  return text.replace(/[a-z]{3}/g, (name) => {
    const index = field.names!.indexOf(name);
    return index < 0 ? name : String(index + (field === WEEKDAY ? 0 : field.min));
  });
}

function sorted(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
