import type { CronFields } from "./cronFields.ts";
import { clockTime, counted, each, isRun, listed, runsOf, stepOf } from "./words.ts";

/** More than this nobody listens to. */
const MOST_TIMES = 6;

/** `at`: times of day, read after the days. `pace`: how often, read before the days. */
export interface TimeWords {
  readonly kind: "at" | "pace";
  readonly text: string;
}

/** The words for an expression's seconds, minutes and hours, or undefined where none would be both short and true. */
export function timeWords(fields: CronFields): TimeWords | undefined {
  const { seconds, minutes, hours } = fields;
  if (seconds.length > 1) return secondsPace(fields);
  const second = seconds[0]!;
  const evenHours = hours.length > 2 && wholeCycle(hours, 24);
  if (!evenHours && minutes.length * hours.length <= MOST_TIMES) {
    return { kind: "at", text: listed(hours.flatMap((hour) => minutes.map((minute) => clockTime(hour, minute, second)))) };
  }
  if (second !== 0) {
    return minutes.length === 60 && hours.length === 24 ? pace(`every minute at second ${second}`) : undefined;
  }
  return minutes.length === 1 ? hoursPace(minutes[0]!, hours) : minutesPace(minutes, hours);
}

function pace(text: string | undefined): TimeWords | undefined {
  return text === undefined ? undefined : { kind: "pace", text };
}

function secondsPace({ seconds, minutes, hours }: CronFields): TimeWords | undefined {
  const step = wholeCycle(seconds, 60);
  if (!step || seconds[0] !== 0 || minutes.length !== 60) return undefined;
  const between = betweenHours(hours, 0, 59, seconds.at(-1)!);
  return between === undefined ? undefined : pace(`every ${each(step, "second")}${between}`);
}

/** One firing an hour, at the same minute, in more hours than a list would take. */
function hoursPace(minute: number, hours: readonly number[]): TimeWords | undefined {
  const first = clockTime(hours[0]!, minute);
  const last = clockTime(hours.at(-1)!, minute);
  if (hours.length === 24) return pace(minute === 0 ? "every hour" : `at ${counted(minute, "minute")} past every hour`);
  const step = stepOf(hours);
  if (!step) return undefined;
  if (!wholeCycle(hours, 24)) return pace(`every ${each(step, "hour")} between ${first} and ${last}`);
  return pace(`every ${each(step, "hour")}${hours[0] === 0 && minute === 0 ? "" : ` from ${first}`}`);
}

function minutesPace(minutes: readonly number[], hours: readonly number[]): TimeWords | undefined {
  const text = minutesOfHour(minutes);
  const between = betweenHours(hours, minutes[0]!, minutes.at(-1)!);
  return text === undefined || between === undefined ? undefined : pace(text + between);
}

function minutesOfHour(minutes: readonly number[]): string | undefined {
  const [first, last] = [minutes[0]!, minutes.at(-1)!];
  const even = wholeCycle(minutes, 60);
  if (even) return `every ${each(even, "minute")}${first === 0 ? "" : `, from ${first} past each hour`}`;
  if (minutes.length > 3 && isRun(minutes)) return `every minute from ${first} to ${last} past every hour`;
  const step = stepOf(minutes);
  if (step && minutes.length > 3 && first === 0 && last + step > 59) return `every ${step} minutes from the top of each hour`;
  return minutes.length <= MOST_TIMES ? `at ${listed(minutes)} minutes past every hour` : undefined;
}

/** ` between 08:00 and 17:45`: from the first firing to the last, for one or two stretches of hours. */
function betweenHours(hours: readonly number[], firstMinute: number, lastMinute: number, lastSecond = 0): string | undefined {
  if (hours.length === 24) return "";
  const stretches = runsOf(hours);
  if (stretches.length > 2) return undefined;
  return ` ${listed(stretches.map((run) => `between ${clockTime(run[0]!, firstMinute)} and ${clockTime(run.at(-1)!, lastMinute, lastSecond)}`))}`;
}

/** The step, where the numbers go round a cycle evenly, such as 5, 20, 35 and 50 of 60. */
function wholeCycle(numbers: readonly number[], length: number): number | undefined {
  const step = stepOf(numbers);
  return step && step * numbers.length === length ? step : undefined;
}
