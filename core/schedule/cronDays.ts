import type { Cron, Nth } from "./cron.ts";

/** Whether the expression's dates and weekdays allow this day. `month` is 1 to 12. */
export function allowsDay(cron: Cron, year: number, month: number, date: number): boolean {
  const byDate = (): boolean => allowsDate(cron, year, month, date);
  const byWeekday = (): boolean => allowsWeekday(cron, year, month, date);
  if (cron.weekdays.any) return byDate();
  if (cron.combine === "both") return byDate() && byWeekday();
  return cron.dates.any ? byWeekday() : byDate() || byWeekday();
}

export function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** 0 is Sunday. */
function weekdayOf(year: number, month: number, date: number): number {
  return new Date(Date.UTC(year, month - 1, date)).getUTCDay();
}

function allowsDate({ dates }: Cron, year: number, month: number, date: number): boolean {
  if (dates.numbers.includes(date)) return true;
  const last = daysInMonth(year, month);
  if (dates.lastDay && date === last) return true;
  if (dates.lastWeekday && date === nearestWeekday(year, month, last)) return true;
  return dates.nearest.some((wanted) => wanted <= last && date === nearestWeekday(year, month, wanted));
}

/** The Monday to Friday nearest to a date, without leaving its month. */
function nearestWeekday(year: number, month: number, date: number): number {
  const weekday = weekdayOf(year, month, date);
  if (weekday === 6) return date === 1 ? 3 : date - 1;
  if (weekday === 0) return date === daysInMonth(year, month) ? date - 2 : date + 1;
  return date;
}

function allowsWeekday({ weekdays }: Cron, year: number, month: number, date: number): boolean {
  const weekday = weekdayOf(year, month, date);
  return weekdays.rules.some((rule) => rule.day === weekday && isNth(rule.nth, date, daysInMonth(year, month)));
}

function isNth(nth: Nth, date: number, last: number): boolean {
  if (nth === "each") return true;
  return nth === "last" ? date + 7 > last : Math.ceil(date / 7) === nth;
}
