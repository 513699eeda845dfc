import { randomBytes } from "node:crypto";
import type { Clock } from "../../clock/clock.ts";
import { LoomError } from "../../errors/loomError.ts";
import { readOutside } from "../../jsonShape.ts";
import type { Log } from "../../log/log.ts";
import type { Json } from "../../mirror/contract.ts";
import type { StrandIndex } from "../../registry/strandIndex.ts";
import type { RunAnswer, Runs, Webhooks } from "../contract.ts";
import { isFitSecret } from "../../workflow/webhookSecret.ts";
import { isListening, webhookTriggers, type WebhookTrigger } from "./triggers.ts";
import { isProved, signedOnce, type HookRequest } from "./webhookProof.ts";

/** Names of a header that tells repeats of one request, the first that is there counts. */
const ONCE_HEADERS = ["idempotency-key", "x-github-delivery"];
const LONGEST_KEY = 200;
/** Known to nobody. A body is signed wherever it is sent: how long that takes tells no more of who listens than the answer does. */
const NOBODYS = { webhook: "hmac", secret: randomBytes(32).toString("hex") } as const;

export interface WebhooksOptions {
  readonly index: StrandIndex;
  readonly runs: Pick<Runs, "start">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

/**
 * Starts workflows for requests that prove that they know the secret.
 * @param env where the secrets are
 */
export function createWebhooks({ index, runs, env, clock, log }: WebhooksOptions): Webhooks {
  // The environment stays as it is until the next start, and whoever asks without a secret is not to fill the log.
  const told = new Set<string>();
  const tell = (workflow: string, variable: string): void => {
    if (told.has(`${workflow} ${variable}`)) return;
    told.add(`${workflow} ${variable}`);
    log.warn("a webhook's secret is not set or too short, so it refuses every request", { workflow, variable });
  };
  return {
    async receive({ workflowId, headers, body }, proved): Promise<RunAnswer> {
      const strand = index.strand(workflowId);
      const hooks = strand?.woven && strand.goneAt === null ? webhookTriggers(strand.woven.facts) : [];
      // Where nobody listens nothing can be proved: who guesses ids is told no more than who guesses secrets.
      const kind = prove(hooks, { headers, body }, env, clock.now(), (variable) => tell(workflowId, variable));
      // Only who knows the secret is told how the workflow stands.
      if (!isListening(strand)) throw new LoomError("CONFLICT", `${workflowId} is ${strand!.paused ? "paused" : "switched off"}.`, { help: "It takes requests again when it is on." });
      const onceKey = kind === "hmac" ? onceKeyOf(headers, signedOnce(headers)) : onceKeyOf(headers, null);
      const input = strand.woven.facts.input === null ? undefined : jsonOf(body);
      return proved(() => runs.start({ strandId: workflowId, trigger: "webhook", by: null, onceKey, ...(input !== undefined && { input }) }));
    },
  };
}

/** One of the triggers has to accept the request; answers by which kind of proof. */
function prove(hooks: readonly WebhookTrigger[], request: HookRequest, env: WebhooksOptions["env"], now: number, unset: (variable: string) => void): WebhookTrigger["webhook"] {
  const fit = hooks.flatMap(({ webhook, secret: variable }) => {
    const secret = env[variable];
    return isFitSecret(secret) ? [{ webhook, secret }] : [];
  });
  const tried = fit.some(({ webhook }) => webhook === "hmac") ? fit : [...fit, NOBODYS];
  // Checked all, and none left out for being early: how long it takes tells nothing.
  const proved = tried.filter(({ webhook, secret }) => isProved(webhook, secret, request, now));
  if (proved.length > 0) return proved[0]!.webhook;
  // For the log alone: who knows no secret learns nothing of how Loom is set up.
  for (const { secret } of hooks) if (!isFitSecret(env[secret])) unset(secret);
  throw new LoomError("WEBHOOK_REFUSED", "No webhook is here, or the request does not prove that it knows its secret.");
}

/** @param signed stands for the request itself, and no header that is not signed stands for it then */
function onceKeyOf(headers: HookRequest["headers"], signed: string | null): string | null {
  if (signed !== null) return `hook:${signed}`;
  const key = ONCE_HEADERS.map((name) => headers[name]).find((value) => value);
  if (!key) return null;
  if (key.length > LONGEST_KEY) throw new LoomError("BAD_INPUT", `The idempotency key is longer than ${LONGEST_KEY} characters.`);
  return `hook:${key}`;
}

/** @throws LoomError BAD_INPUT; an empty body is no input */
function jsonOf(body: Uint8Array): Json | undefined {
  if (body.length === 0) return undefined;
  let read: ReturnType<typeof readOutside>;
  try {
    read = readOutside(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new LoomError("BAD_INPUT", "The body is not JSON.", { cause, help: "This workflow takes its input from the body: send JSON, or nothing." });
  }
  if ("unfit" in read) throw new LoomError("BAD_INPUT", read.unfit);
  return read.value as Json;
}
