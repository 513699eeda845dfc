/** What went wrong with a gateway, in words that say what to do. Credentials never get into them. */
import { messageOf, SourceProblem } from "loom-gateway";
import { withoutSecret, type Credentials } from "./credentials.ts";
import { clip, integer, record, text, type Wire } from "./wire.ts";

const setting = (instance: string): string => `"plugins": { "openclaw-cron-mirror": { "config": { "instances": [{ ${instance} }] } } }`;
export const settingExample = setting('"url": "ws://127.0.0.1:18789", "token": "…"');
/** For one whose folder is known: by that it stays the same when its address changes. */
export const folderExample = setting('"stateDir": "~/.openclaw", "url": "ws://127.0.0.1:18789", "token": "…"');
const giveToken = `Give the token in config.json: ${settingExample}`;

/** The gateway answered a request with an error. */
export class Refusal extends Error {
  readonly code: string;
  /** The finer code in the error's details, where there is one. */
  readonly detail: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(method: string, error: Wire, credentials: Credentials) {
    super(withoutSecret(clip(text(error.message) ?? `OpenClaw refused ${method}`, 1_000), credentials));
    this.name = "Refusal";
    this.code = text(error.code) ?? "UNKNOWN";
    this.detail = text(record(error.details).code);
    this.retryAfterMs = integer(error.retryAfterMs);
  }
}

/** @param why completes "cannot be reached: …" */
export function unreachable(url: string, why: string, cause?: unknown): SourceProblem {
  return new SourceProblem("unreachable", `OpenClaw at ${url} cannot be reached: ${why}.`, {
    help: "Start it with `openclaw gateway`; Loom goes on trying.",
    ...(cause !== undefined && { cause }),
  });
}

/** A refusal that concerns the connection as a whole, not one job. */
export function refusalProblem(refusal: Refusal): SourceProblem {
  const code = `${refusal.detail ?? ""} ${refusal.code}`;
  const { message } = refusal;
  if (/PROTOCOL_MISMATCH/.test(code) || /protocol mismatch/i.test(message)) {
    return new SourceProblem("incompatible", `OpenClaw speaks a protocol that Loom does not: ${message}`, { help: "Loom reads OpenClaw 2026.5.28 and later." });
  }
  if (/TOKEN|PASSWORD|AUTH/.test(code) || /^unauthorized/i.test(message)) {
    return new SourceProblem("needs_configuration", `OpenClaw did not accept the credentials: ${message}`, { help: giveToken });
  }
  if (/NOT_PAIRED|PAIRING/.test(code) || /pairing required|device identity/i.test(message)) {
    return new SourceProblem("needs_configuration", `OpenClaw asks for its token: ${message}`, { help: giveToken });
  }
  if (/UNAVAILABLE/.test(code) || /gateway restart/i.test(message)) {
    return new SourceProblem("unreachable", `OpenClaw is not ready: ${message}`, { help: "It usually is within half a minute; Loom goes on trying." });
  }
  return new SourceProblem("refused", `OpenClaw refused: ${message}`);
}

/** The socket was closed by the other end. */
export function closeProblem(url: string, code: number, reason: string, credentials: Credentials): SourceProblem {
  const words = withoutSecret(clip(reason, 300), credentials);
  switch (code) {
    case 1002:
      return new SourceProblem("incompatible", `OpenClaw at ${url} speaks another protocol: ${words}`, { help: "Loom reads OpenClaw 2026.5.28 and later." });
    case 1008:
      return new SourceProblem("needs_configuration", `OpenClaw at ${url} turned Loom away: ${words || "no reason given"}`, { help: giveToken });
    case 1012:
      return unreachable(url, "it is restarting");
    default:
      return unreachable(url, words || `the connection was closed (${code})`);
  }
}

/** Codes of `ws` for messages that are too long, or come in too many pieces. */
const TOO_LARGE: ReadonlySet<unknown> = new Set(["WS_ERR_UNSUPPORTED_MESSAGE_LENGTH", "WS_ERR_TOO_MANY_BUFFERED_PARTS"]);

/** The socket failed. */
export function errorProblem(url: string, why: string, cause: unknown): SourceProblem {
  if (/ECONNREFUSED/.test(why)) return unreachable(url, "nothing listens there", cause);
  if (/Unexpected server response: 503/.test(why)) return unreachable(url, "it is starting or stopping", cause);
  if (/Unexpected server response/.test(why)) {
    return new SourceProblem("needs_configuration", `What answers at ${url} is not an OpenClaw gateway (${why}).`, { help: `Name the right address in config.json: ${settingExample}`, cause });
  }
  if (TOO_LARGE.has((cause as { code?: unknown } | undefined)?.code)) return new TooLarge(url, cause);
  return unreachable(url, why, cause);
}

/** Whether no program at all answers there, and not one that is slow or refuses. */
export function nobodyListens(problem: SourceProblem): boolean {
  return /ECONNREFUSED/.test(messageOf(problem.cause));
}

/** An answer was too large to be taken; asking for less may help. */
export class TooLarge extends SourceProblem {
  constructor(url: string, cause?: unknown) {
    super("incompatible", `OpenClaw at ${url} has sent more at once than Loom takes in.`, { help: "Look for jobs with very large payloads (`openclaw cron list`), and set outputMaxBytes on those that print a lot.", ...(cause !== undefined && { cause }) });
  }
}
