const ORDINALS = ["first", "second", "third", "fourth", "fifth"];

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly (string | number)[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** 1 → `1st`. */
export function ordinal(n: number): string {
  const teen = n % 100 > 10 && n % 100 < 14;
  return `${n}${(teen ? undefined : ["st", "nd", "rd"][(n % 10) - 1]) ?? "th"}`;
}

/** 1 → `first`; up to five. */
export function ordinalWord(n: number): string {
  return ORDINALS[n - 1] ?? ordinal(n);
}

/** 2, `minute` → `2 minutes`; 1, `minute` → `1 minute`. */
export function counted(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}

/** As `counted`, to follow "every": 1, `minute` → `minute`. */
export function each(n: number, unit: string): string {
  return n === 1 ? unit : counted(n, unit);
}

/** `08:05`, or `08:05:30` where there are seconds. */
export function clockTime(hour: number, minute: number, second = 0): string {
  const parts = second === 0 ? [hour, minute] : [hour, minute, second];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** 90000 → `1 minute 30 seconds`: exact. After "every" a lone unit loses its 1. */
export function duration(ms: number, after?: "every"): string {
  const units = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], ["second", 1000], ["millisecond", 1]] as const;
  // "every 24 hours", since a day may have 23 or 25.
  const start = ms < 2 * 86_400_000 ? 1 : 0;
  const parts: [number, string][] = [];
  let rest = ms;
  for (const [unit, length] of units.slice(start)) {
    const n = Math.floor(rest / length);
    rest -= n * length;
    if (n > 0) parts.push([n, unit]);
  }
  if (after === "every" && parts.length === 1) return each(...parts[0]!);
  return parts.map(([n, unit]) => counted(n, unit)).join(" ") || "0 seconds";
}

/** Whether each number is one more than the one before. */
export function isRun(numbers: readonly number[]): boolean {
  return numbers.every((n, i) => i === 0 || n === numbers[i - 1]! + 1);
}

/** The distance between neighbours, where it is the same for all and there are at least two. */
export function stepOf(numbers: readonly number[]): number | undefined {
  const step = (numbers[1] ?? Number.NaN) - numbers[0]!;
  return numbers.every((n, i) => i === 0 || n - numbers[i - 1]! === step) && step > 0 ? step : undefined;
}

/** Cuts at each place where a number is missing. */
export function runsOf(numbers: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const n of numbers) {
    const current = runs.at(-1);
    if (current && n === current.at(-1)! + 1) current.push(n);
    else runs.push([n]);
  }
  return runs;
}
