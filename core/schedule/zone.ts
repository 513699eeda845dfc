const DAY_MS = 86_400_000;

/** Local times are told as the milliseconds that UTC would have when its clocks show the same. */
export type LocalMs = number;

/** Where a local time lies: once, twice (the first instant is given), or nowhere (moved by the length of the gap). */
export interface Place {
  readonly at: number;
  readonly times: "once" | "twice" | "never";
}

/** One IANA zone's offsets. It remembers what it looked up. */
export interface Zone {
  /** Milliseconds that local clocks are ahead of UTC at this instant. */
  offset(at: number): number;
  /** The instant at which local clocks show this time. */
  place(local: LocalMs): Place;
}

/** There are some six hundred names; each takes tens of kilobytes, and a tenth of a millisecond to open. */
const MOST_OPEN = 50;
const MOST_DAYS = 10_000;

const open = new Map<string, Zone>();

/** Undefined for a zone that this machine does not know. */
export function openZone(name: string): Zone | undefined {
  const zone = open.get(name) ?? readZone(name);
  if (!zone) return undefined;
  // Anew, so that the longest unused go first.
  open.delete(name);
  open.set(name, zone);
  if (open.size > MOST_OPEN) open.delete(open.keys().next().value!);
  return zone;
}

function readZone(name: string): Zone | undefined {
  const offset = name === "UTC" ? () => 0 : offsetReader(name);
  if (!offset) return undefined;
  const days = new Map<number, number>();

  /** The offset at the beginning of a UTC day, asked once for each day. */
  const offsetOfDay = (day: number): number => {
    let known = days.get(day);
    if (known !== undefined) return known;
    if (days.size >= MOST_DAYS) days.clear();
    days.set(day, (known = offset(day * DAY_MS)));
    return known;
  };

  const place = (local: LocalMs): Place => {
    const day = Math.floor(local / DAY_MS);
    // No zone is more than a day from UTC, nor changes its clocks twice in three days.
    const before = offsetOfDay(day - 1);
    const after = offsetOfDay(day + 2);
    const early = local - before;
    if (before === after) return { at: early, times: "once" };
    const late = local - after;
    const earlyHolds = offset(early) === before;
    const lateHolds = offset(late) === after;
    if (earlyHolds && lateHolds) return { at: early, times: "twice" };
    if (!earlyHolds && !lateHolds) return { at: early, times: "never" };
    return { at: earlyHolds ? early : late, times: "once" };
  };

  return { offset, place };
}

function offsetReader(name: string): ((at: number) => number) | undefined {
  const format = formatIn(name);
  if (!format) return undefined;
  return (at) => {
    const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(at));
    if (!match?.[1]) return 0;
    const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return (match[1] === "-" ? -seconds : seconds) * 1000;
  };
}

function formatIn(zone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  } catch {
    return undefined;
  }
}
