import type { Cron } from "./cron.ts";
import { allowsDay, daysInMonth } from "./cronDays.ts";
import type { LocalMs } from "./zone.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A weekday on 29 February comes at most 40 years after the last one; what is rarer never comes. */
const RAREST_YEARS = 40;

/** Every local time that the expression names, from `from` on, in order. Ends where nothing can follow. */
export function* cronTimes(cron: Cron, from: LocalMs): Generator<LocalMs, void, void> {
  for (const day of days(cron, from)) {
    for (const hour of cron.hours) {
      const hourAt = day + hour * HOUR_MS;
      if (hourAt + HOUR_MS <= from) continue;
      for (const minute of cron.minutes) {
        const minuteAt = hourAt + minute * MINUTE_MS;
        if (minuteAt + MINUTE_MS <= from) continue;
        for (const second of cron.seconds) {
          const at = minuteAt + second * SECOND_MS;
          if (at >= from) yield at;
        }
      }
    }
  }
}

/** Whether the expression names this local time. */
export function matches(cron: Cron, local: LocalMs): boolean {
  const date = new Date(local);
  return (
    cron.seconds.includes(date.getUTCSeconds()) &&
    cron.minutes.includes(date.getUTCMinutes()) &&
    cron.hours.includes(date.getUTCHours()) &&
    cron.months.includes(date.getUTCMonth() + 1) &&
    (cron.years === null || cron.years.includes(date.getUTCFullYear())) &&
    allowsDay(cron, date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())
  );
}

/** The beginnings of the days that the expression allows. */
function* days(cron: Cron, from: LocalMs): Generator<LocalMs, void, void> {
  const start = new Date(from);
  const firstYear = start.getUTCFullYear();
  let lastHit = firstYear;
  for (let year = firstYear; year <= (cron.years?.at(-1) ?? lastHit + RAREST_YEARS); year++) {
    if (cron.years && !cron.years.includes(year)) continue;
    for (const month of cron.months) {
      if (year === firstYear && month < start.getUTCMonth() + 1) continue;
      const monthAt = Date.UTC(year, month - 1, 1);
      const last = daysInMonth(year, month);
      for (let date = 1; date <= last; date++) {
        const dayAt = monthAt + (date - 1) * DAY_MS;
        if (dayAt + DAY_MS <= from || !allowsDay(cron, year, month, date)) continue;
        lastHit = year;
        yield dayAt;
      }
    }
  }
}
