import { defineOperation, type WorkContext } from "loom-gateway";
import * as z from "zod";

const MOST_BYTES = 524_288;

export const operation = defineOperation({
  id: "http.request",
  label: "HTTP",
  description: "Asks a server over HTTP. It fails when the answer's status is not an expected one.",
  input: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).describe("Where to, with http:// or https://."),
      method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).default("GET"),
      headers: z.record(z.string(), z.string()).default({}),
      body: z.string().optional().describe("Sent as it is."),
      json: z.json().optional().describe("Sent as JSON."),
      expect: z.array(z.int().min(100).max(599)).min(1).optional().describe("Statuses that are right. Default: 200 to 299."),
      timeoutMs: z.int().min(1).max(3_600_000).default(30_000).describe("The longest that the whole answer may take."),
      maxBytes: z.int().min(0).max(MOST_BYTES).default(MOST_BYTES).describe("The most that the answer may hold."),
    })
    .refine(({ body, json }) => body === undefined || json === undefined, "Give body or json, not both."),
  async run(input, ctx) {
    const late = AbortSignal.timeout(input.timeoutMs);
    try {
      const response = await ctx.fetch(input.url, { method: input.method, headers: headersOf(input, ctx), body: bodyOf(input) ?? null, signal: late });
      const { status } = response;
      const text = await textOf(response, input.maxBytes);
      if (input.expect ? !input.expect.includes(status) : !response.ok) throw new Error(`${input.url} answered ${status} ${response.statusText}${firstLine(text)}`);
      return { status, headers: Object.fromEntries(response.headers), ...contentOf(response, text) };
    } catch (error) {
      if (late.aborted && !ctx.signal.aborted) throw new Error(`${input.url} did not answer within ${input.timeoutMs} ms.`);
      throw withReason(input.url, error);
    }
  },
});

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly json?: unknown;
}

function bodyOf({ body, json }: Sent): string | undefined {
  return json === undefined ? body : JSON.stringify(json);
}

/** What was not named is filled in: what a body is, and for servers that know it the key that tells a repeat. */
function headersOf({ method, headers, json }: Sent, { idempotencyKey }: WorkContext): Headers {
  const all = new Headers(headers);
  if (json !== undefined && !all.has("content-type")) all.set("content-type", "application/json");
  if (["POST", "PATCH"].includes(method) && !all.has("idempotency-key")) all.set("idempotency-key", idempotencyKey);
  return all;
}

async function textOf(response: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > most) throw new Error(`${response.url} answered with more than ${most} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function contentOf(response: Response, text: string): { json: unknown } | { body: string } {
  if (!/\bjson\b/i.test(response.headers.get("content-type") ?? "") || text === "") return { body: text };
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    throw new Error(`${response.url} says that it answered with JSON, and did not${firstLine(text)}`);
  }
}

function firstLine(text: string): string {
  const line = text.trim().split("\n")[0]!.slice(0, 200);
  return line ? `: ${line}` : "";
}

/** `fetch` says only that it failed, and not of what; why is in the cause. */
function withReason(url: string, error: unknown): unknown {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error;
  return new Error(`${url} could not be asked`, { cause: error.cause });
}
