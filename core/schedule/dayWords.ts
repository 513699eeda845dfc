import type { CronFields, Dates, Weekdays } from "./cronFields.ts";
import { isRun, listed, ordinal, ordinalWord } from "./words.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const MOST_DATES = 6;

/** The words for the days of an expression: before the times ("every Monday") and after a pace ("on Mondays"). */
export interface DayWords {
  readonly lead: string;
  /** Begins with its own space or comma; empty for every day. */
  readonly tail: string;
}

/** Undefined where no words would be both short and true. */
export function dayWords({ dates, weekdays, months }: CronFields): DayWords | undefined {
  const byDate = dates.numbers.length < 31;
  const byWeekday = weekdaysOfEachWeek(weekdays)?.length !== 7;
  if (!dates.any && !weekdays.any) return byDate && byWeekday ? eitherWords(dates, weekdays, months) : allDays(months);
  if (!weekdays.any) return byWeekday ? weekdayWords(weekdays, months) : allDays(months);
  return byDate ? same(dateWords(dates, months, true)) : allDays(months);
}

function allDays(months: readonly number[]): DayWords {
  return { lead: `every day${inMonths(months)}`, tail: inMonths(months) };
}

/** On these dates, and on these weekdays too. */
function eitherWords(dates: Dates, weekdays: Weekdays, months: readonly number[]): DayWords | undefined {
  const byDate = dateWords(dates, months, false);
  const byWeekday = weekdayWords(weekdays, months);
  return same(byDate && byWeekday ? `${byDate} and ${byWeekday.lead}` : undefined);
}

function same(text: string | undefined): DayWords | undefined {
  return text === undefined ? undefined : { lead: text, tail: ` ${text}` };
}

function dateWords({ numbers, lastDay }: Dates, months: readonly number[], alone: boolean): string | undefined {
  if (!lastDay && numbers.length === 1 && months.length === 1) return yearlyDate(numbers[0]!, months[0]!, alone);
  const plain = numberWords(numbers);
  if (plain === undefined) return undefined;
  const which = listed(lastDay ? [...plain, "last day"] : plain);
  const partly = numbers.some((date) => date > 28) ? ` that has ${numbers.length === 1 ? "it" : "them"}` : "";
  if (months.length === 12) return `on the ${which} of each month${partly}`;
  return partly ? undefined : `on the ${which} of ${monthNames(months)}`;
}

function yearlyDate(date: number, month: number, alone: boolean): string {
  // The 29th of February is not in every year.
  const always = date <= new Date(Date.UTC(2001, month, 0)).getUTCDate();
  return `${alone && always ? "every year " : ""}on ${date} ${MONTHS[month - 1]}`;
}

function numberWords(numbers: readonly number[]): string[] | undefined {
  if (numbers.length > 2 && isRun(numbers)) return [`${ordinal(numbers[0]!)} to ${ordinal(numbers.at(-1)!)}`];
  return numbers.length > MOST_DATES ? undefined : numbers.map(ordinal);
}

function weekdayWords(weekdays: Weekdays, months: readonly number[]): DayWords | undefined {
  const days = weekdaysOfEachWeek(weekdays);
  if (!days) return nthWords(weekdays, months);
  const suffix = inMonths(months);
  const key = days.join();
  if (key === "1,2,3,4,5") return { lead: `weekdays${suffix}`, tail: ` on weekdays${suffix}` };
  if (key === "6,0") return { lead: `weekends${suffix}`, tail: ` on weekends${suffix}` };
  if (days.length > 2 && isRun(days.map((day) => day || 7))) {
    const range = `${DAYS[days[0]!]} to ${DAYS[days.at(-1)!]}${suffix}`;
    return { lead: range, tail: `, ${range}` };
  }
  return {
    lead: `every ${listed(days.map((day) => DAYS[day]!))}${suffix}`,
    tail: ` on ${listed(days.map((day) => `${DAYS[day]}s`))}${suffix}`,
  };
}

function nthWords({ days, lastDays, nth }: Weekdays, months: readonly number[]): DayWords | undefined {
  // Some of these in each week, and others in the last.
  if (nth === undefined && days.length > 0) return undefined;
  const names = [...days.map((day) => `${ordinalWord(nth!)} ${DAYS[day]}`), ...lastDays.map((day) => `last ${DAYS[day]}`)];
  const partly = nth === 5;
  if (partly && months.length < 12) return undefined;
  return same(`on the ${listed(names)} of ${partly ? "each month that has it" : months.length === 12 ? "each month" : monthNames(months)}`);
}

/** The weekdays, Monday first, when each counts in every week. */
function weekdaysOfEachWeek({ days, lastDays, nth }: Weekdays): number[] | undefined {
  if (nth !== undefined || lastDays.length > 0) return undefined;
  return [...days].sort((a, b) => (a || 7) - (b || 7));
}

function inMonths(months: readonly number[]): string {
  if (months.length === 12) return "";
  return months.length > 2 && isRun(months) ? ` from ${monthNames(months)}` : ` in ${monthNames(months)}`;
}

function monthNames(months: readonly number[]): string {
  const names = months.map((month) => MONTHS[month - 1]!);
  return names.length > 2 && isRun(months) ? `${names[0]} to ${names.at(-1)}` : listed(names);
}
