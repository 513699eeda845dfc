import { createHmac } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ShippedFile } from "../test/support/shipped.ts";
import { WebServer, type Asked } from "../test/support/webServer.ts";

process.env.LOOM_TEST_HOOK_SECRET = "s3cret";
let file: ShippedFile;
beforeAll(async () => void (file = await ShippedFile.load(new URL("notify.ts", import.meta.url), ["127.0.0.1"])));
afterAll(() => file?.[Symbol.asyncDispose]());

/** A server that answers so, and the operation that posts to it. */
async function stage(answer: (asked: Asked, response: ServerResponse, nth: number) => void) {
  const server = await WebServer.start(answer);
  return {
    server,
    post: (more: object = {}, on = {}, signal = new AbortController().signal) => file.operate("notify.webhook", { url: `http://${server.host}/hook`, ...more }, on, { idempotencyKey: "run/step" }, signal),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const status = (...codes: number[]) => (_: Asked, response: ServerResponse, nth: number): void => void response.writeHead(codes[nth - 1] ?? codes.at(-1)!, { "retry-after": "0" }).end();

it("posts JSON with a key that tells a repeat", async () => {
  await using on = await stage(status(204));
  expect(await on.post({ body: { text: "grüß dich" }, headers: { "x-a": "b" } })).toEqual({ is: "completed", data: { status: 204, tries: 1 } });
  expect(on.server.asked).toEqual([expect.objectContaining({ method: "POST", path: "/hook", body: '{"text":"grüß dich"}', headers: expect.objectContaining({ "content-type": "application/json", "idempotency-key": "run/step", "x-a": "b" }) })]);
});

it("signs the body with a secret of the environment", async () => {
  await using on = await stage(status(200));
  await on.post({ body: [1], secretEnv: "LOOM_TEST_HOOK_SECRET" });
  await on.post({ body: [1], secretEnv: "LOOM_TEST_HOOK_SECRET", signatureHeader: "x-signature" });
  const signature = `sha256=${createHmac("sha256", "s3cret").update("[1]").digest("hex")}`;
  expect(on.server.asked.splice(0).map(({ headers }) => [headers["x-hub-signature-256"], headers["x-signature"]])).toEqual([[signature, undefined], [undefined, signature]]);
  expect(await on.post({ body: [1], secretEnv: "LOOM_TEST_NO_SECRET" })).toMatchObject({ message: "The environment variable LOOM_TEST_NO_SECRET, which is to hold the secret, is not set." });
  expect(on.server.asked).toEqual([]);
});

it("tries again when the server is busy or broken", async () => {
  await using on = await stage(status(429, 503, 200));
  expect(await on.post()).toEqual({ is: "completed", data: { status: 200, tries: 3 } });
  expect(new Set(on.server.asked.map(({ headers }) => headers["idempotency-key"]))).toEqual(new Set(["run/step"]));
});

it("gives up after so many tries, and at once where another one would not go better", async () => {
  await using busy = await stage(status(500));
  expect(await busy.post({ retries: 2 })).toMatchObject({ is: "failed", message: `http://${busy.server.host}/hook answered 500 Internal Server Error` });
  expect(busy.server.asked.length).toBe(3);
  await using wrong = await stage(status(404));
  expect(await wrong.post()).toMatchObject({ message: expect.stringContaining("answered 404 Not Found") });
  expect(wrong.server.asked.length).toBe(1);
});

it("waits as long as the server asks for, by seconds or by its own clock", async () => {
  const waits: string[] = [];
  const listener = { log: (_level: string, message: string) => void waits.push(message) };
  await using seconds = await stage((_, response, nth) => response.writeHead(nth === 1 ? 429 : 200, nth === 1 ? { "retry-after": "1" } : {}).end());
  expect(await seconds.post({}, listener)).toMatchObject({ data: { tries: 2 } });
  await using time = await stage((_, response, nth) => response.writeHead(nth === 1 ? 503 : 200, { date: "Mon, 01 Jan 2001 00:00:00 GMT", "retry-after": "Mon, 01 Jan 2001 00:00:01 GMT" }).end());
  expect(await time.post({}, listener)).toMatchObject({ data: { tries: 2 } });
  expect(waits).toEqual(["answered 429 Too Many Requests; next try in 1000 ms", "answered 503 Service Unavailable; next try in 1000 ms"]);
  await using hour = await stage((_, response) => response.writeHead(429, { "retry-after": "3600" }).end());
  expect(await hour.post()).toMatchObject({ message: expect.stringContaining("wants to be asked again in 3600 s") });
});

it("tries again when the server does not answer in time", async () => {
  await using on = await stage((_, response, nth) => nth > 1 && response.end());
  expect(await on.post({ timeoutMs: 100 })).toMatchObject({ data: { status: 200, tries: 2 } });
});

it("ends its waiting with the step", async () => {
  await using on = await stage((_, response) => response.writeHead(429, { "retry-after": "50" }).end());
  const stop = new AbortController();
  expect(await on.post({}, { log: () => stop.abort() }, stop.signal)).toMatchObject({ is: "failed", code: "CANCELLED" });
});

it("obeys the egress rule, and does not try that again", async () => {
  await using on = await stage(status(200));
  expect(await on.post({ url: "http://127.0.0.2:8080/" })).toMatchObject({ code: "EGRESS_REFUSED" });
});
