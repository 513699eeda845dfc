import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export interface HookRequest {
  /** By their lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As it came, byte for byte. */
  readonly body: Uint8Array;
}

/** A signed time counts for so long, before and after. */
const FRESH_MS = 300_000;

/**
 * Whether a request shows that its sender knows the secret: `hmac`, by a signature of its body in `X-Loom-Signature` or GitHub's
 * `X-Hub-Signature-256` (`sha256=` and hexadecimal digits), or with an `X-Loom-Timestamp` by one of that, a dot and the body in `X-Loom-Signature` (`sha512=`: who
 * takes the time away, or puts it into the body, has no signature of what is left); `token`, by the secret itself in `X-Loom-Token` or as a bearer token. Takes as
 * long for a wrong proof as for a right one.
 * @param now milliseconds since 1970
 */
export function isProved(kind: "hmac" | "token", secret: string, { headers, body }: HookRequest, now: number): boolean {
  if (kind === "token") return isSame(headers["x-loom-token"] ?? bearer(headers["authorization"]), secret);
  const timestamp = headers["x-loom-timestamp"];
  if (timestamp === undefined) return isSame(signatureOf(headers), `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
  const signature = createHmac("sha512", secret).update(`${timestamp}.`).update(body).digest("hex");
  return isSame(signatureOf(headers), `sha512=${signature}`) && isFresh(timestamp, now);
}

/** What stands for a request whose time is signed, so that it counts once whoever sends it again; null: its time is not. */
export function signedOnce(headers: HookRequest["headers"]): string | null {
  return headers["x-loom-timestamp"] === undefined ? null : (signatureOf(headers) ?? null);
}

function signatureOf(headers: HookRequest["headers"]): string | undefined {
  return (headers["x-loom-signature"] ?? headers["x-hub-signature-256"])?.toLowerCase();
}

/** @param timestamp seconds since 1970 */
function isFresh(timestamp: string, now: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now - Number(timestamp) * 1_000) <= FRESH_MS;
}

function bearer(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}

/** Compares hashes, which are equally long whatever was sent. */
function isSame(given: string | undefined, expected: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given ?? ""), hash(expected)) && given !== undefined;
}
