import type { Cron, Dates, Weekdays } from "./cron.ts";
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
export function dayWords(cron: Cron): DayWords | undefined {
  const words = restricted(cron);
  if (!words || !cron.years) return words;
  const years = ` in ${listed(cron.years)}`;
  return { lead: words.lead + years, tail: words.tail + years };
}

function restricted(cron: Cron): DayWords | undefined {
  const byDate = cron.dates.numbers.length < 31;
  const byWeekday = weekdaysOfEachWeek(cron.weekdays)?.length !== 7;
  const useWeekdays = !cron.weekdays.any;
  const useDates = !cron.dates.any || cron.weekdays.any || cron.combine === "both";
  if (useDates && useWeekdays && cron.combine === "either") {
    return byDate && byWeekday ? eitherWords(cron) : allDays(cron.months);
  }
  const dates = useDates && byDate;
  const weekdays = useWeekdays && byWeekday;
  if (dates && weekdays) return bothWords(cron);
  if (dates) return same(dateWords(cron.dates, cron.months, cron.years === null));
  return weekdays ? weekdayWords(cron.weekdays, cron.months) : allDays(cron.months);
}

function allDays(months: readonly number[]): DayWords {
  return { lead: `every day${inMonths(months)}`, tail: inMonths(months) };
}

/** On these dates, and on these weekdays too. */
function eitherWords({ dates, weekdays, months }: Cron): DayWords | undefined {
  const byDate = dateWords(dates, months, false);
  const byWeekday = weekdayWords(weekdays, months);
  return same(byDate && byWeekday ? `${byDate} and ${byWeekday.lead}` : undefined);
}

/** On these dates when they fall on these weekdays. */
function bothWords({ dates, weekdays, months }: Cron): DayWords | undefined {
  const byDate = dateWords(dates, months, false);
  const names = weekdaysOfEachWeek(weekdays);
  if (!byDate || !names) return undefined;
  const oneOf = names.map((day) => DAYS[day]);
  return same(`${byDate} when that is a ${oneOf.length < 2 ? oneOf.join("") : `${oneOf.slice(0, -1).join(", ")} or ${oneOf.at(-1)}`}`);
}

function same(text: string | undefined): DayWords | undefined {
  return text === undefined ? undefined : { lead: text, tail: ` ${text}` };
}

function dateWords(dates: Dates, months: readonly number[], yearly: boolean): string | undefined {
  const { numbers } = dates;
  const special = [
    ...dates.nearest.map((date) => `weekday nearest the ${ordinal(date)}`),
    ...(dates.lastDay ? ["last day"] : []),
    ...(dates.lastWeekday ? ["last weekday"] : []),
  ];
  if (special.length === 0 && numbers.length === 1 && months.length === 1) return yearlyDate(numbers[0]!, months[0]!, yearly);
  const plain = numberWords(numbers);
  if (plain === undefined) return undefined;
  const which = listed([...plain, ...special]);
  const partly = numbers.some((date) => date > 28) ? ` that has ${numbers.length === 1 ? "it" : "them"}` : "";
  if (months.length === 12) return `on the ${which} of each month${partly}`;
  return partly ? undefined : `on the ${which} of ${monthNames(months)}`;
}

function yearlyDate(date: number, month: number, yearly: boolean): string {
  // The 29th of February is not in every year.
  const always = date <= new Date(Date.UTC(2001, month, 0)).getUTCDate();
  return `${yearly && always ? "every year " : ""}on ${date} ${MONTHS[month - 1]}`;
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

function nthWords({ rules }: Weekdays, months: readonly number[]): DayWords | undefined {
  if (rules.length > MOST_DATES || rules.some((rule) => rule.nth === "each")) return undefined;
  const names = rules.map(({ day, nth }) => `${typeof nth === "number" ? ordinalWord(nth) : nth} ${DAYS[day]}`);
  const partly = rules.some((rule) => rule.nth === 5);
  if (partly && months.length < 12) return undefined;
  const which = partly ? `each month that has ${rules.length === 1 ? "it" : "them"}` : months.length === 12 ? "each month" : monthNames(months);
  return same(`on the ${listed(names)} of ${which}`);
}

/** The weekdays, Monday first, when each counts in every week. */
function weekdaysOfEachWeek({ rules }: Weekdays): number[] | undefined {
  if (rules.some((rule) => rule.nth !== "each")) return undefined;
  return [...new Set(rules.map((rule) => rule.day))].sort((a, b) => (a || 7) - (b || 7));
}

function inMonths(months: readonly number[]): string {
  if (months.length === 12) return "";
  return months.length > 2 && isRun(months) ? ` from ${monthNames(months)}` : ` in ${monthNames(months)}`;
}

function monthNames(months: readonly number[]): string {
  const names = months.map((month) => MONTHS[month - 1]!);
  return names.length > 2 && isRun(months) ? `${names[0]} to ${names.at(-1)}` : listed(names);
}
