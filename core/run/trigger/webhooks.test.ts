import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { WeaveStage } from "../../../test/support/weaveStage.ts";
import { quietLog } from "../../testing/quietLog.ts";
import type { WorkflowFacts } from "../../workflow/facts.ts";
import type { RunAnswer } from "../contract.ts";
import { createWebhooks } from "./webhooks.ts";

const atOnce = (start: () => Promise<RunAnswer>): Promise<RunAnswer> => start();
const env = { DEPLOY_SECRET: "s3cret-that-is-long", OTHER: "other-that-is-long" };
const hmac: Partial<WorkflowFacts> = { triggers: [{ webhook: "hmac", secret: "DEPLOY_SECRET" }], input: { schema: null } };

async function listening(facts: Partial<WorkflowFacts>) {
  const stage = await WeaveStage.open();
  const warned: unknown[] = [];
  await stage.lay("deploy", facts);
  const webhooks = createWebhooks({ index: stage.index, runs: stage, env, clock: stage.clock, log: { ...quietLog, warn: (_message, fields) => void warned.push(fields) } });
  const post = (text: string, headers: Record<string, string> = {}, workflowId = "deploy"): Promise<RunAnswer> => {
    const body = Buffer.from(text);
    const signature = `sha256=${createHmac("sha256", "s3cret-that-is-long").update(body).digest("hex")}`;
    return webhooks.receive({ workflowId, headers: { "x-loom-signature": signature, ...headers }, body }, atOnce);
  };
  return { stage, webhooks, post, warned };
}

test("a signed request starts a run with its body as input", async () => {
  const { stage, post } = await listening(hmac);
  await using _stage = stage;
  expect(await post('{"ref":"main"}')).toMatchObject({ outcome: "queued" });
  expect(stage.asked).toEqual([{ strandId: "deploy", trigger: "webhook", by: null, onceKey: null, input: { ref: "main" } }]);
});

test("a workflow without an input is given none, whatever the body says", async () => {
  const { stage, post } = await listening({ ...hmac, input: null });
  await using _stage = stage;
  await post("not JSON at all");
  expect(stage.asked[0]).not.toHaveProperty("input");
});

test.each(["idempotency-key", "x-github-delivery"])("a request that is sent again with the same %s starts nothing more", async (header) => {
  const { stage, post } = await listening(hmac);
  await using _stage = stage;
  const first = await post("{}", { [header]: "42" });
  expect(await post("{}", { [header]: "42" })).toEqual({ outcome: "duplicate", runId: first.runId });
  expect(await post("{}", { [header]: "43" })).toMatchObject({ outcome: "queued" });
});

test("a request whose time is signed starts one run only, whoever sends it again and under whatever key", async () => {
  const { stage, post } = await listening(hmac);
  await using _stage = stage;
  const seconds = String(Math.floor(stage.clock.now() / 1_000));
  const headers = { "x-loom-timestamp": seconds, "x-loom-signature": `sha512=${createHmac("sha512", "s3cret-that-is-long").update(`${seconds}.{}`).digest("hex")}` };
  const first = await post("{}", headers);
  for (const key of ["1", "2"]) expect(await post("{}", { ...headers, "idempotency-key": key })).toEqual({ outcome: "duplicate", runId: first.runId });
  await stage.clock.advance(301_000);
  await expect(post("{}", headers)).rejects.toMatchObject({ code: "WEBHOOK_REFUSED" });
});

test("what does not prove that it knows the secret is refused, and nothing starts", async () => {
  const { stage, post } = await listening(hmac);
  await using _stage = stage;
  await expect(post("{}", { "x-loom-signature": "sha256=00" })).rejects.toMatchObject({ code: "WEBHOOK_REFUSED" });
  await expect(post("{}", { "x-loom-signature": "", "x-loom-token": "s3cret-that-is-long" })).rejects.toMatchObject({ code: "WEBHOOK_REFUSED" });
  expect(stage.asked).toEqual([]);
});

test("any one of several webhooks will do", async () => {
  const { stage, post } = await listening({ triggers: [...hmac.triggers!, { webhook: "token", secret: "OTHER" }] });
  await using _stage = stage;
  expect(await post("", { "x-loom-signature": "", authorization: "Bearer other-that-is-long" })).toMatchObject({ outcome: "queued" });
});

test("without the variable that holds the secret nothing is proved, and the log alone names it, once", async () => {
  const { stage, post, warned } = await listening({ triggers: [{ webhook: "token", secret: "NOT_SET" }] });
  await using _stage = stage;
  for (const token of ["", "undefined"]) await expect(post("", { "x-loom-token": token })).rejects.toMatchObject({ code: "WEBHOOK_REFUSED", message: expect.not.stringContaining("NOT_SET") });
  expect(warned).toEqual([{ workflow: "deploy", variable: "NOT_SET" }]);
});

test("who asks where no workflow has a webhook is answered as who does not know the secret", async () => {
  const [none, one] = [await listening({}), await listening(hmac)];
  await using _none = none.stage;
  await using _one = one.stage;
  const refused = { code: "WEBHOOK_REFUSED", message: "No webhook is here, or the request does not prove that it knows its secret." };
  await expect(none.post("{}")).rejects.toMatchObject(refused);
  await expect(none.post("{}", {}, "nobody")).rejects.toMatchObject(refused);
  await expect(one.post("{}", { "x-loom-signature": "sha256=00" })).rejects.toMatchObject(refused);
});

test("a workflow that is off or paused says so, to who knows the secret", async () => {
  const { stage, post } = await listening(hmac);
  await using _stage = stage;
  await stage.store.weave.switch("deploy", false, stage.clock.now());
  await stage.index.settled();
  await expect(post("{}")).rejects.toMatchObject({ code: "CONFLICT", message: "deploy is switched off." });
  await expect(post("{}", { "x-loom-signature": "sha256=00" })).rejects.toMatchObject({ code: "WEBHOOK_REFUSED" });
});

test.each(["{", "\u0000", "[1,"])("a body that is no JSON is refused: %j", async (text) => {
  const { stage, post } = await listening(hmac);
  await using _stage = stage;
  await expect(post(text)).rejects.toMatchObject({ code: "BAD_INPUT" });
  expect(await post("")).toMatchObject({ outcome: "queued" });
});

test("the signature of a body is reckoned wherever it is sent, so that the time tells nobody where a webhook is", async () => {
  for (const triggers of [[], [{ webhook: "hmac", secret: "NOT_SET" }], [{ webhook: "token", secret: "OTHER" }], hmac.triggers!] as const) {
    const { stage, webhooks } = await listening({ triggers });
    await using _stage = stage;
    for (const workflowId of ["deploy", "nobody"]) {
      let compared = 0;
      const headers = { get "x-loom-signature"() { return (compared++, "sha256=00"); } };
      await expect(webhooks.receive({ workflowId, headers, body: Buffer.of() }, atOnce)).rejects.toMatchObject({ code: "WEBHOOK_REFUSED" });
      expect(compared).toBe(1);
    }
  }
});

test("an idempotency key that is far too long is refused", async () => {
  const { stage, post } = await listening(hmac);
  await using _stage = stage;
  await expect(post("{}", { "idempotency-key": "k".repeat(201) })).rejects.toMatchObject({ code: "BAD_INPUT" });
});

test("a secret that could be found by trying lets nobody in", async () => {
  for (const [secret, isTaken] of [["", false], ["fifteen letters", false], ["sixteen letters!", true]] as const) {
    await using stage = await WeaveStage.open();
    await stage.lay("deploy", { triggers: [{ webhook: "token", secret: "SHORT" }] });
    const webhooks = createWebhooks({ index: stage.index, runs: stage, env: { SHORT: secret }, clock: stage.clock, log: quietLog });
    const outcome = webhooks.receive({ workflowId: "deploy", headers: { "x-loom-token": secret }, body: Buffer.of() }, atOnce);
    if (isTaken) await expect(outcome).resolves.toMatchObject({ outcome: "queued" });
    else await expect(outcome).rejects.toMatchObject({ code: "WEBHOOK_REFUSED" });
  }
});

test.each([["deep", "[".repeat(100_000) + "]".repeat(100_000)], ["with a key that reaches a prototype", '{"a":{"__proto__":{"b":1}}}']])("a body that is %s is refused as at every other address", async (_, body) => {
  const { stage, post } = await listening(hmac);
  await using _stage = stage;
  await expect(post(body)).rejects.toMatchObject({ code: "BAD_INPUT" });
  expect(stage.asked).toEqual([]);
});

test("starts nothing that cannot be kept first", async () => {
  const { stage, webhooks } = await listening({ triggers: [{ webhook: "token", secret: "OTHER" }], input: { schema: null } });
  const request = { workflowId: "deploy", headers: { "x-loom-token": env.OTHER }, body: Buffer.of() };
  await expect(webhooks.receive(request, () => Promise.reject(new Error("the disk is full")))).rejects.toThrow("the disk is full");
  expect((await stage.store.runs.list({ limit: 10 })).items).toEqual([]);
  await stage[Symbol.asyncDispose]();
});
