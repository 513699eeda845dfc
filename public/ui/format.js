/** Numbers, times and names as people read them. Pure. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in full: `640ms`, `1.4s`, `12s`, `1m 12s`, `3h 5m`, `2d 4h`. Empty when it is not known. */
export function duration(ms) {
  if (typeof ms !== "number" || !Number.isFinite(ms)) return "";
  const value = Math.max(0, ms);
  if (value < SECOND) return `${Math.floor(value)}ms`;
  if (value < 10 * SECOND) return `${(Math.floor(value / 100) / 10).toFixed(1)}s`;
  if (value < MINUTE) return `${Math.floor(value / SECOND)}s`;
  if (value < HOUR) return pair(value, MINUTE, "m", SECOND, "s");
  if (value < DAY) return pair(value, HOUR, "h", MINUTE, "m");
  return pair(value, DAY, "d", HOUR, "h");
}

function pair(ms, big, bigUnit, small, smallUnit) {
  const whole = Math.floor(ms / big);
  const rest = Math.floor((ms - whole * big) / small);
  return rest === 0 ? `${whole}${bigUnit}` : `${whole}${bigUnit} ${rest}${smallUnit}`;
}

/** A length of time in one word, for what moves on: `12s`, `4 min`, `3 h`, `2 d`. */
export function span(ms) {
  const value = Math.max(0, ms);
  if (value < MINUTE) return `${Math.floor(value / SECOND)}s`;
  if (value < HOUR) return `${Math.floor(value / MINUTE)} min`;
  if (value < 2 * DAY) return `${Math.floor(value / HOUR)} h`;
  return `${Math.floor(value / DAY)} d`;
}

/** `4 min ago`; `just now` for the last three seconds and for clocks that differ a little. */
export function ago(at, now) {
  return now - at < 3 * SECOND ? "just now" : `${span(now - at)} ago`;
}

/** `in 4 min`, `now` around the moment itself, and `due 4 min ago` when it has passed. */
export function until(at, now) {
  const left = at - now;
  if (left >= SECOND) return `in ${span(left)}`;
  return left > -5 * SECOND ? "now" : `due ${span(-left)} ago`;
}

/** A relative time of either direction. */
export function relative(at, now) {
  return at > now ? until(at, now) : ago(at, now);
}

const formats = new Map();

/** The full date and time with its zone, in the reader's language; in `zone` where one is given and known. */
export function absolute(at, zone) {
  return formatOf(zone).format(at);
}

function formatOf(zone) {
  const key = zone ?? "";
  if (!formats.has(key)) formats.set(key, dateFormat(zone));
  return formats.get(key);
}

function dateFormat(zone) {
  const options = { weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short" };
  try {
    return new Intl.DateTimeFormat(undefined, zone ? { ...options, timeZone: zone } : options);
  } catch {
    return new Intl.DateTimeFormat(undefined, options);
  }
}

/** The date and time of a planned firing, without what goes without saying: this year, and seconds that are none. */
export function firingTime(at, zone, now) {
  const parts = Object.fromEntries(formatOf(zone).formatToParts(at).map((part) => [part.type, part.value]));
  const year = parts.year === formatOf(zone).formatToParts(now).find((part) => part.type === "year").value ? "" : ` ${parts.year}`;
  return { day: `${parts.weekday} ${parts.day} ${parts.month}${year}`, time: `${parts.hour}:${parts.minute}${parts.second === "00" ? "" : `:${parts.second}`}`, zone: parts.timeZoneName };
}

/** A number as it is read: `4,133`. */
export function count(value) {
  return value.toLocaleString("en-GB");
}

/** A size as it is read: `812 B`, `64 kB`, `1.2 MB`. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 999_500 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A length of time as people write it (`90s`, `5 min`, `1h 30m`, plain minutes) in milliseconds, or null for what is none. */
export function readDuration(text) {
  const parts = [...text.trim().toLowerCase().matchAll(/([\d.]+)\s*(sec|s|min|m|hours?|h)?\s*/gy)];
  if (parts.length === 0 || parts.reduce((sum, [part]) => sum + part.length, 0) !== text.trim().length) return null;
  const ms = parts.reduce((sum, [, value, unit = "m"]) => sum + Number(value) * { s: SECOND, m: MINUTE, h: HOUR }[unit[0]], 0);
  return Number.isFinite(ms) ? Math.round(ms) : null;
}

/** Words as a sentence: with a full stop where none is. */
export const sentence = (words) => (words === "" || /[.!?…]$/.test(words) ? words : `${words}.`);

/** `1 run`, `2 runs`. */
export function plural(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** Characters that take two cells in a monospace font. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;

const widthOf = (character) => (wide.test(character) ? 2 : /\p{M}|\p{Cf}/u.test(character) ? 0 : 1);

/** Cells that a text takes in a monospace font. */
export function cellsOf(text) {
  let cells = 0;
  for (const character of text) cells += widthOf(character);
  return cells;
}

/**
 * The beginning of a text that fits into so many cells of a monospace font, on one line, with `…` when something was
 * cut. Never looks at more of a long text than it shows.
 */
export function clip(text, cells) {
  const head = text.slice(0, cells * 8 + 16).replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  let used = 0;
  let kept = "";
  for (const character of head) {
    used += widthOf(character);
    if (used > cells) return `${dropLast(kept)}…`;
    kept += character;
  }
  return text.length > head.length + 16 ? `${dropLast(kept)}…` : kept;
}

function dropLast(text) {
  return [...text].slice(0, -1).join("").trimEnd();
}
