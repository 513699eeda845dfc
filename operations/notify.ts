import { createHmac } from "node:crypto";
import { defineOperation, messageOf } from "loom-gateway";
import * as z from "zod";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

export const operation = defineOperation({
  id: "notify.webhook",
  label: "WEBHOOK",
  description: "Posts JSON to an address, and again when the server is busy or not to be reached.",
  input: z.strictObject({
    url: z.url({ protocol: /^https?$/ }).describe("Where to, with http:// or https://."),
    body: z.json().default({}).describe("Sent as JSON."),
    headers: z.record(z.string(), z.string()).default({}),
    secretEnv: z.string().regex(/^[A-Za-z_]\w*$/, "Name an environment variable").optional().describe("Environment variable that holds the secret to sign with."),
    signatureHeader: z.string().default("x-hub-signature-256").describe("Header of the signature, which is sha256=<HMAC-SHA256 of the body, in hex>."),
    retries: z.int().min(0).max(10).default(3).describe("How often it is tried again."),
    timeoutMs: z.int().min(1).max(600_000).default(10_000).describe("The longest that the server may take to answer one try."),
  }),
  async run(input, ctx) {
    const body = JSON.stringify(input.body);
    const headers = new Headers({ "content-type": "application/json", "idempotency-key": ctx.idempotencyKey, ...input.headers });
    if (input.secretEnv !== undefined) headers.set(input.signatureHeader, signatureOf(body, input.secretEnv));
    for (let tries = 1; ; tries += 1) {
      const answer = await post(ctx.fetch, input.url, { headers, body, signal: AbortSignal.timeout(input.timeoutMs) });
      if (answer.isTaken) return { status: answer.status, tries };
      const wait = answer.waitMs ?? FIRST_WAIT_MS * 2 ** (tries - 1);
      ctx.signal.throwIfAborted();
      if (!answer.mayWork || tries > input.retries) throw new Error(`${input.url} ${answer.words}`);
      if (wait > LONGEST_WAIT_MS) throw new Error(`${input.url} ${answer.words}, and wants to be asked again in ${Math.round(wait / 1000)} s: use the step's retries and backoff`);
      ctx.log.warn(`${answer.words}; next try in ${wait} ms`, { tries });
      await ctx.sleep(wait);
    }
  },
});

/** How a try went. `mayWork`: another one may go better, after `waitMs` where the server said so. */
type Try = { readonly isTaken: true; readonly status: number } | { readonly isTaken: false; readonly mayWork: boolean; readonly words: string; readonly waitMs?: number | undefined };

async function post(fetch: typeof globalThis.fetch, url: string, sent: RequestInit): Promise<Try> {
  try {
    const response = await fetch(url, { ...sent, method: "POST" });
    await response.body?.cancel();
    const { ok, status, statusText } = response;
    if (ok) return { isTaken: true, status };
    return { isTaken: false, mayWork: status === 429 || status >= 500, words: `answered ${status} ${statusText}`.trim(), waitMs: retryAfter(response.headers) };
  } catch (error) {
    // What `fetch` cannot do for the network is a TypeError with a cause; a late answer aborts.
    const cause = error instanceof TypeError ? error.cause : undefined;
    if (cause === undefined && !(error instanceof DOMException)) throw error;
    return { isTaken: false, mayWork: true, words: `did not answer: ${messageOf((cause as NodeJS.ErrnoException | undefined)?.code ?? cause ?? error)}` };
  }
}

/** Seconds, or a time, which is told by the server's own clock. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get("retry-after") ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const wait = Date.parse(text) - Date.parse(headers.get("date") ?? "");
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function signatureOf(body: string, variable: string): string {
  const secret = process.env[variable];
  if (!secret) throw new Error(`The environment variable ${variable}, which is to hold the secret, is not set.`);
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}
