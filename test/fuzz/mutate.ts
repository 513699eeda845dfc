import type { Dice, Request } from "./grammar.ts";

/** What has broken other parsers: numbers at their ends, keys with a meaning, names that lead out, marks that hide. */
const NASTY: readonly string[] = [
  "", " ", "0", "-1", "1e309", "9007199254740993", "NaN", "null", "undefined", "true", "[]", "{}", "'", '"', "\\", "%", "%00", "%2e%2e%2f", "..", "../../etc/passwd", "/", "//",
  "__proto__", "constructor", "prototype", "toString", "' OR 1=1 --", "'; DROP TABLE runs; --", "$(id)", "`id`", "${7*7}", "{{7*7}}", "<script>alert(1)</script>", "a".repeat(5_000),
  "\u0000", "\u202e", "\ufeff", "\ud800", "💥".repeat(200), "2026-02-30T25:61:61Z", "-271821-04-20T00:00:00Z", "+275760-09-13T00:00:00.001Z", "* * * * *", "(a+)+$", "\r\nX-Injected: 1",
];
const HEADERS = ["Host", "Origin", "Cookie", "Authorization", "Content-Type", "Content-Encoding", "X-Loom-Key", "Idempotency-Key", "Sec-Fetch-Site", "Sec-Fetch-Mode", "If-None-Match", "Range", "Accept-Encoding", "X-HTTP-Method-Override", "Expect", "Accept"];
const VALUES = ["", "x", "null", "*", "gzip", "text/plain", "application/json; charset=utf-16", "https://evil.example", "cross-site", "no-cors", "bytes=0-", "Bearer x", "loom_session_1=x", "DELETE", "a".repeat(3_000), "\u00ff\u00fe", "W/\"x\""];
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"];

type Mutation = (request: Request, dice: Dice) => Request;

const mutations: readonly Mutation[] = [
  (request) => request,
  (request, dice) => ({ ...request, method: dice.of(METHODS) }),
  (request, dice) => ({ ...request, path: request.path.replace(/[^/]*$/, () => encodeURI(dice.of(NASTY).toWellFormed())) }),
  (request, dice) => ({ ...request, path: spliced(request.path, dice) }),
  (request, dice) => ({ ...request, query: [...request.query, [dice.of([...NASTY, "limit", "cursor", "after", "status"]), dice.of(NASTY)]] }),
  (request, dice) => ({ ...request, query: request.query.map(([name, value]) => (dice.chance(0.6) ? [name, dice.of(NASTY)] : [name, value])) }),
  (request, dice) => ({ ...request, query: [...request.query, ...request.query.slice(0, 1 + dice.below(2))] }),
  (request, dice) => ({ ...request, headers: { ...request.headers, [dice.of(HEADERS)]: dice.of(VALUES) } }),
  (request, dice) => ({ ...request, body: damaged(request.body, dice, 0) }),
  (request, dice) => ({ ...request, body: damaged(request.body ?? {}, dice, 0) }),
];

/** The request with one to three things wrong, or with none. */
export function mutate(request: Request, dice: Dice): Request {
  let mutated = request;
  for (let left = 1 + dice.below(3); left > 0; left--) mutated = dice.of(mutations)(mutated, dice);
  return mutated;
}

/** The bytes of the body: mostly the JSON, sometimes cut off, with a byte changed, or something else altogether. */
export function bodyOf(value: unknown, dice: Dice): Buffer {
  const bytes = Buffer.from(JSON.stringify(value) ?? "");
  if (dice.chance(0.85)) return bytes;
  if (dice.chance(0.3)) return bytes.subarray(0, dice.below(bytes.length + 1));
  if (dice.chance(0.3)) return dice.bytes(dice.below(2_000));
  if (dice.chance(0.3)) return Buffer.from("[".repeat(dice.below(20_000)));
  const changed = Buffer.from(bytes);
  if (changed.length > 0) changed[dice.below(changed.length)] = dice.below(256);
  return changed;
}

function spliced(text: string, dice: Dice): string {
  const at = dice.below(text.length);
  return text.slice(0, at) + encodeURI(dice.of(NASTY).toWellFormed()) + text.slice(at + dice.below(3));
}

function damaged(value: unknown, dice: Dice, depth: number): unknown {
  if (depth < 4 && typeof value === "object" && value !== null && dice.chance(0.8)) {
    if (Array.isArray(value)) return [...value.map((item) => damaged(item, dice, depth + 1)), dice.of(NASTY)];
    const entries = Object.entries(value).filter(() => dice.chance(0.9)).map(([name, field]) => [name, dice.chance(0.5) ? damaged(field, dice, depth + 1) : field] as const);
    // An own key, as JSON makes one.
    return JSON.parse(JSON.stringify(Object.fromEntries(entries)).replace(/}$/, () => (dice.chance(0.3) ? `${entries.length > 0 ? "," : ""}${JSON.stringify(dice.of(NASTY))}:1}` : "}"))) as unknown;
  }
  return dice.of([...NASTY, null, true, 0, -1, 1e308, 2 ** 53, [], {}, [[[[]]]], { toJSON: 1 }, Array(200).fill("x")]);
}
