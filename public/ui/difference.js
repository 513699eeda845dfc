import { absolute, duration } from "./format.js";

/** How two definitions of a job differ, field by field. Pure. */

const MOST_ROWS = 60;
const MOST_TEXT = 20_000;

/**
 * @param {object | null} before a kept version, or null
 * @param {object | null} after
 * @returns {{ path: string, before: string | null, after: string | null }[]} null: it has no such field; at most sixty rows
 */
export function differences(before, after) {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const rows = [];
  for (const path of new Set([...was.keys(), ...is.keys()])) {
    const row = { path, before: was.get(path) ?? null, after: is.get(path) ?? null };
    if (row.before !== row.after) rows.push(worded(row));
    if (rows.length === MOST_ROWS) break;
  }
  return rows;
}

/** Owners keep times in milliseconds, which nobody can read; they stay where words would not tell the two apart. */
function worded({ path, ...values }) {
  if (!path.endsWith("Ms")) return { path, ...values };
  const [before, after] = [values.before, values.after].map(timeWords);
  return before === after ? { path, ...values } : { path, before, after };
}

/** Later than this it is an instant, before it a length of time: one of thirty years. */
const INSTANT = 1e12;

function timeWords(value) {
  if (value === null || !/^\d{1,15}$/.test(value)) return value;
  return Number(value) >= INSTANT ? absolute(Number(value)) : duration(Number(value));
}

/** Every value of a version by its path. The words that Loom itself makes come first: they read best. */
function fieldsOf(version) {
  const fields = new Map();
  if (!version) return fields;
  const { trigger, definition } = version;
  put(fields, "schedule", trigger.text);
  walk(fields, "", definition, 0);
  if (!("name" in definition)) put(fields, "name", version.name);
  return fields;
}

function walk(fields, path, value, depth) {
  if (value instanceof Object && depth < 8 && fields.size < 2000) {
    const entries = Object.entries(value);
    if (entries.length === 0) put(fields, path, Array.isArray(value) ? "[]" : "{}");
    for (const [key, inner] of entries) walk(fields, path ? `${path}.${key}` : key, inner, depth + 1);
  } else if (value !== null) {
    put(fields, path, typeof value === "string" ? value : JSON.stringify(value));
  }
}

function put(fields, path, text) {
  fields.set(path.slice(0, 200), String(text).slice(0, MOST_TEXT));
}

/** Two texts cut into what they begin with alike, what differs, and what they end with alike. */
export function splitAlike(before, after) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  // Not within a word: half a word is hard to read.
  if (word(before[start]) || word(after[start])) while (start > 0 && word(before[start - 1])) start--;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  if (word(before.at(-1 - end)) || word(after.at(-1 - end))) while (end > 0 && word(before.at(-end))) end--;
  const cut = (text) => [text.slice(0, start), text.slice(start, text.length - end), text.slice(text.length - end)];
  return { before: cut(before), after: cut(after) };
}

const word = (character) => character !== undefined && /[\p{L}\p{N}_]/u.test(character);
