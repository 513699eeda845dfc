import type { CronExpression } from "cron-parser";

/** The numbers of an expression, sorted, for putting it into words. */
export interface CronFields {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** 1 to 12. */
  readonly months: readonly number[];
  readonly dates: Dates;
  readonly weekdays: Weekdays;
}

export interface Dates {
  /** Written `*`. Where neither is, a day that one of dates and weekdays allows is enough. */
  readonly any: boolean;
  readonly numbers: readonly number[];
  readonly lastDay: boolean;
}

export interface Weekdays {
  readonly any: boolean;
  /** 0 is Sunday. */
  readonly days: readonly number[];
  /** Those that count in the month's last week only. */
  readonly lastDays: readonly number[];
  /** Which of the month's same weekdays `days` are, 1 to 5; undefined for each. */
  readonly nth?: number;
}

/** What the library has read of an expression, as the numbers that its sentence is made of. */
export function fieldsOf({ fields }: CronExpression): CronFields {
  const { second, minute, hour, month, dayOfMonth, dayOfWeek } = fields;
  const weekdays: readonly (number | string)[] = dayOfWeek.values;
  return {
    seconds: second.values,
    minutes: minute.values,
    hours: hour.values,
    months: month.values,
    dates: { any: dayOfMonth.isWildcard, numbers: onlyNumbers(dayOfMonth.values), lastDay: dayOfMonth.hasLastChar },
    weekdays: {
      any: dayOfWeek.isWildcard,
      // Sunday may be both 0 and 7.
      days: unique(onlyNumbers(weekdays).map((day) => day % 7)),
      lastDays: unique(weekdays.filter((day) => typeof day === "string").map((day) => Number.parseInt(day, 10) % 7)),
      ...(dayOfWeek.nthDay > 0 ? { nth: dayOfWeek.nthDay } : {}),
    },
  };
}

function onlyNumbers(values: readonly (number | string)[]): number[] {
  return values.filter((value) => typeof value === "number");
}

function unique(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
