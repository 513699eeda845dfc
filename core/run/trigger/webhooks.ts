import { LoomError } from "../../errors/loomError.ts";
import type { Log } from "../../log/log.ts";
import type { Json } from "../../mirror/contract.ts";
import type { StrandIndex } from "../../registry/strandIndex.ts";
import type { RunAnswer, Runs, Webhooks } from "../contract.ts";
import { isListening, webhookTriggers, type WebhookTrigger } from "./triggers.ts";
import { isProved, type HookRequest } from "./webhookProof.ts";

/** Names of a header that tells repeats of one request, the first that is there counts. */
const ONCE_HEADERS = ["idempotency-key", "x-github-delivery"];
const LONGEST_KEY = 200;

export interface WebhooksOptions {
  readonly index: StrandIndex;
  readonly runs: Pick<Runs, "start">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/**
 * Starts workflows for requests that prove that they know the secret.
 * @param env where the secrets are
 */
export function createWebhooks({ index, runs, env, log }: WebhooksOptions): Webhooks {
  return {
    async receive({ workflowId, headers, body }): Promise<RunAnswer> {
      const strand = index.strand(workflowId);
      const hooks = strand?.woven && strand.goneAt === null ? webhookTriggers(strand.woven.facts) : [];
      if (hooks.length === 0) throw new LoomError("NOT_FOUND", `No workflow ${workflowId} listens here.`, { help: "Check its id, and that it has a webhook among its triggers." });
      prove(hooks, { headers, body }, env, (variable) => log.warn("a webhook's secret is not set, so it refuses every request", { workflow: workflowId, variable }));
      // Only who knows the secret is told how the workflow stands.
      if (!isListening(strand)) throw new LoomError("CONFLICT", `${workflowId} is ${strand!.paused ? "paused" : "switched off"}.`, { help: "It takes requests again when it is on." });
      const onceKey = onceKeyOf(headers);
      const input = strand.woven.facts.input === null ? undefined : jsonOf(body);
      return runs.start({ strandId: workflowId, trigger: "webhook", by: null, onceKey, ...(input !== undefined && { input }) });
    },
  };
}

/** One of the triggers has to accept the request. */
function prove(hooks: readonly WebhookTrigger[], request: HookRequest, env: WebhooksOptions["env"], unset: (variable: string) => void): void {
  const secrets = hooks.map(({ webhook, secret }) => ({ webhook, secret: env[secret] }));
  // Checked all, and none left out for being early: how long it takes tells nothing.
  const proved = secrets.filter(({ webhook, secret }) => secret && isProved(webhook, secret, request));
  if (proved.length > 0) return;
  // For the log alone: who knows no secret learns nothing of how Loom is set up.
  for (const { secret } of hooks) if (!env[secret]) unset(secret);
  throw new LoomError("WEBHOOK_REFUSED", "The request does not prove that it knows the secret.");
}

function onceKeyOf(headers: HookRequest["headers"]): string | null {
  const key = ONCE_HEADERS.map((name) => headers[name]).find((value) => value);
  if (!key) return null;
  if (key.length > LONGEST_KEY) throw new LoomError("BAD_INPUT", `The idempotency key is longer than ${LONGEST_KEY} characters.`);
  return `hook:${key}`;
}

/** @throws LoomError BAD_INPUT; an empty body is no input */
function jsonOf(body: Uint8Array): Json | undefined {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as Json;
  } catch (cause) {
    throw new LoomError("BAD_INPUT", "The body is not JSON.", { cause, help: "This workflow takes its input from the body: send JSON, or nothing." });
  }
}
