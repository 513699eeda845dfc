/** Each part of a date is another then: the day, the hour, the minute, the second. */
const MUCH_LATER_MS = 400 * 86_400_000 + 3_661_001;

/**
 * Does work as if it were more than a year later. What it begins, and what comes of that afterwards, has the usual time again: only
 * what `work` does at once sees the other one.
 */
export function muchLater<T>(work: () => T): T {
  const Real = globalThis.Date;
  class Later extends Real {
    constructor(...args: ConstructorParameters<DateConstructor> | []) {
      super(...((args.length === 0 ? [Later.now()] : args) as [number]));
    }

    static override now(): number {
      return Real.now() + MUCH_LATER_MS;
    }
  }
  globalThis.Date = Later as DateConstructor;
  try {
    return work();
  } finally {
    globalThis.Date = Real;
  }
}
