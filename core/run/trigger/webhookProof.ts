import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export interface HookRequest {
  /** By their lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As it came, byte for byte. */
  readonly body: Uint8Array;
}

/**
 * Whether a request shows that its sender knows the secret: `hmac`, by a signature of its body in `X-Loom-Signature` or GitHub's
 * `X-Hub-Signature-256` (`sha256=` and hexadecimal digits); `token`, by the secret itself in `X-Loom-Token` or as a bearer token. Takes as
 * long for a wrong proof as for a right one.
 */
export function isProved(kind: "hmac" | "token", secret: string, { headers, body }: HookRequest): boolean {
  if (kind === "token") return isSame(headers["x-loom-token"] ?? bearer(headers["authorization"]), secret);
  const signature = headers["x-loom-signature"] ?? headers["x-hub-signature-256"];
  return isSame(signature?.toLowerCase(), `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
}

function bearer(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}

/** Compares hashes, which are equally long whatever was sent. */
function isSame(given: string | undefined, expected: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given ?? ""), hash(expected)) && given !== undefined;
}
