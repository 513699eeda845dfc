import { unescape } from "node:querystring";
import { createPieces, hiddenIn, type Pieces } from "./pieces.ts";
import { plainly, spellingsOf } from "./spellings.ts";
import { valuesOf, type Values } from "./values.ts";

export type { Pieces } from "./pieces.ts";

export const REDACTED = "[redacted]";

/** Shorter secrets would hide half of every text. */
const SHORTEST_SECRET = 4;
/** So much of a long one gives it away too: it is what messages show of a long value. */
const TELLING_START = 39;
const DEEPEST = 10;
const MOST_ENTRIES = 500;

/** What tells of a secret wherever it stands in a name, such as in `DEPLOY_TOKEN_2`. */
const SECRET_WORD = /token|secret|passwd|pswd|password|passphrase|passcode|authorization|dockerauth|cookie|(?:api|access|priv|private|signing|encryption)key|connectionstring|credential|creds/;
/** What does so only at its end, and only these keys: `SSH_KEY_PATH` is a path, and `sessionKey` no secret. PWD and OLDPWD are folders. */
const SECRET_END = /(?:[a-z0-9]pass|(?<!^|^old)pwd|(?:db|root|admin|user)pw|(?:gh|hub|lab|ext)pat|(?:npm|npmconfig|redis)auth|(?:ssh|tls|ssl|deploy|master|auth|app|application|jwt|hmac|license|servicerole|openai|anthropic|stripe)key)$/;
/** A number under such a key is a count ("input_tokens": 123), never a secret. */
const COUNTED_KEY = /token/;
/** Of a variable, which holds texts alone: a switch, whatever it is called, or such a count (`MAX_TOKENS=4096`). */
const SWITCH = /^(?:true|false|none|null|auto)$/i;
const COUNT = /^\d{1,7}$/;

/** A password as long as it is not the user's name over again, as where nobody else comes in: `postgres://postgres:postgres@localhost`. */
const PASSWORD_IN_ADDRESS = /:\/\/([^\s/?#@:]*):(?!\1@)([^\s/?#]+)@/g;

/** What gives itself away in a text: credentials in headers, addresses and assignments. Each keeps its first group. */
const TELLING: readonly RegExp[] = [
  /\b((?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi,
  // Bounded, so that no text takes long.
  /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#@]+@/gi,
  /([?&#;](?:[\w-]{0,60}(?:token|secret|password|api[_-]?key|credential)[\w-]{0,60})=)[^\s&#;"'<>]+/gi,
];

/** Takes secrets out of whatever is logged, stored or shown: by the name they stand under, and by their value. */
export interface Redactor {
  /** From now on this value is hidden wherever it appears, also in base64, in hex, line by line, or escaped for addresses, JSON, HTML and others, a few times over. */
  learn(secret: string): void;
  /** The text without secrets. */
  text(text: string): string;
  /** For one text that comes in pieces, such as the output of a program: hides learned values alone, also across pieces. */
  pieces(): Pieces;
  /**
   * A plain copy without secrets, safe to stringify: limited in depth and size, cycles cut, errors with code, stack and
   * cause. Keys such as `__proto__` stay ordinary keys.
   */
  value(value: unknown): unknown;
}

/**
 * A redactor. The gateway has one.
 * @param env it knows the values of variables that are named like secrets, and the passwords in addresses that any of them holds
 */
export function createRedactor(env: Readonly<Record<string, string | undefined>> = {}): Redactor {
  const spellings = new Set<string>();
  const beginnings = new Set<string>();
  let values: Values | undefined;

  const learn = (secret: string): void => {
    if (secret.length < SHORTEST_SECRET) return;
    const start = secret.slice(0, TELLING_START);
    for (const spelling of [secret, start].flatMap(spellingsOf)) spellings.add(spelling);
    for (const spelling of plainly(start)) beginnings.add(spelling);
    values = undefined;
  };

  // Made as it is needed: secrets are learned one after the other.
  const known = (): Values | undefined => (values ??= spellings.size === 0 ? undefined : valuesOf(spellings, beginnings));

  const withoutKnown = (original: string): string => {
    const values = known();
    return values ? hiddenIn(original, values, REDACTED) : original;
  };

  const text = (original: string): string => {
    return TELLING.reduce((text, pattern) => text.replace(pattern, (_, kept: string) => `${kept}${REDACTED}`), withoutKnown(original));
  };

  for (const [name, value = ""] of Object.entries(env)) {
    if (isSecretName(name) && !SWITCH.test(value) && !(COUNT.test(value) && COUNTED_KEY.test(plain(name)))) learn(value);
    passwordsIn(value).forEach(learn);
  }
  return { learn, text, pieces: () => createPieces(known, REDACTED), value: (value) => copy(value, text, []) };
}

/** As it is written in an address, and as programs are given it. */
function passwordsIn(value: string): string[] {
  return [...value.matchAll(PASSWORD_IN_ADDRESS)].flatMap(([, , password]) => [password!, unescape(password!)]);
}

type Text = (text: string) => string;

function copy(value: unknown, text: Text, parents: readonly object[]): unknown {
  switch (typeof value) {
    case "string":
      return text(value);
    case "bigint":
      return value.toString();
    case "function":
    case "symbol":
      return `[${typeof value}]`;
    case "object":
      return value === null ? null : copyObject(value, text, parents);
    default:
      return value;
  }
}

/** Whatever it is: the log must not end what it tells of. */
function copyObject(value: object, text: Text, parents: readonly object[]): unknown {
  if (parents.includes(value)) return "[circular]";
  if (parents.length >= DEEPEST) return "[too deep]";
  try {
    return copyReadable(value, text, [...parents, value]);
  } catch {
    // Such as a revoked proxy, which throws at whatever it is asked, or an error whose message does.
    return "[unreadable]";
  }
}

function copyReadable(value: object, text: Text, within: readonly object[]): unknown {
  if (value instanceof Error) return copyError(value, text, within);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (value instanceof URL) return text(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return copyEntries([...value].map(([key, item]) => [String(key), item]), text, within);
  if (value instanceof Set || Array.isArray(value)) return copyList([...value], text, within);
  return copyEntries(Object.keys(value).map((key) => [key, read(value, key)]), text, within);
}

function copyList(items: readonly unknown[], text: Text, parents: readonly object[]): unknown[] {
  const copies = items.slice(0, MOST_ENTRIES).map((item) => copy(item, text, parents));
  return items.length > MOST_ENTRIES ? [...copies, `[${items.length - MOST_ENTRIES} more]`] : copies;
}

function copyEntries(entries: readonly (readonly [string, unknown])[], text: Text, parents: readonly object[]): object {
  // Without a prototype, `__proto__` is a key like any other.
  const result = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of entries.slice(0, MOST_ENTRIES)) {
    result[text(key)] = isSecret(key, item) ? REDACTED : copy(item, text, parents);
  }
  if (entries.length > MOST_ENTRIES) result["…"] = `[${entries.length - MOST_ENTRIES} more]`;
  return result;
}

function copyError(error: Error, text: Text, parents: readonly object[]): object {
  const { name, message, stack, cause } = error;
  const own = Object.keys(error).filter((key) => key !== "name").map((key) => [key, read(error, key)] as const);
  const entries: (readonly [string, unknown])[] = [["type", name], ["message", message], ...own, ["stack", stack]];
  return copyEntries(cause === undefined ? entries : [...entries, ["cause", cause]], text, parents);
}

function isSecret(key: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === "boolean") return false;
  return isSecretName(key) && !(typeof value === "number" && COUNTED_KEY.test(plain(key)));
}

/** Whether what has this name, such as a variable of the environment, is a secret: `DEPLOY_TOKEN`. */
export function isSecretName(name: string): boolean {
  return SECRET_WORD.test(plain(name)) || SECRET_END.test(plain(name));
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** A getter may throw. */
function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return "[unreadable]";
  }
}
