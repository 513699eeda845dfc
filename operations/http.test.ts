import type { Json } from "loom-gateway";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ShippedFile } from "../test/support/shipped.ts";
import { WebServer } from "../test/support/webServer.ts";

let server: WebServer;
let file: ShippedFile;

beforeAll(async () => {
  server = await WebServer.start(({ path, body, method }, response) => {
    if (path === "/json") response.setHeader("content-type", "application/json; charset=utf-8").end('{"n":1}');
    else if (path === "/broken") response.setHeader("content-type", "application/json").end("<html>");
    else if (path === "/missing") response.writeHead(404, "Not Found").end("no such order\nor so");
    else if (path === "/large") response.end("x".repeat(1001));
    else if (path === "/elsewhere") response.writeHead(302, { location: "http://127.0.0.2:8080/" }).end();
    else if (path !== "/never") response.end(`${method} ${body}`);
  });
  file = await ShippedFile.load(new URL("http.ts", import.meta.url), [server.host]);
});
afterAll(async () => {
  await file?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});
beforeEach(() => void server.asked.splice(0));

const ask = (path: string, more = {}, call = {}) => file.operate("http.request", { url: `http://${server.host}${path}`, ...more }, {}, call);

it("gives status, headers, and JSON as what it says", async () => {
  expect(await ask("/json")).toMatchObject({ is: "completed", data: { status: 200, headers: { "content-type": "application/json; charset=utf-8" }, json: { n: 1 } } });
  expect(await ask("/")).toMatchObject({ data: { status: 200, body: "GET " } });
});

it("sends a body as it is, and JSON with what it is and a key that tells a repeat", async () => {
  expect(await ask("/", { method: "PUT", body: "text", headers: { "x-a": "b" } })).toMatchObject({ data: { body: "PUT text" } });
  expect(await ask("/", { method: "POST", json: { a: [1] } }, { idempotencyKey: "run/step" })).toMatchObject({ data: { body: 'POST {"a":[1]}' } });
  expect(server.asked.map(({ headers }) => [headers["x-a"], headers["content-type"], headers["idempotency-key"]])).toEqual([["b", "text/plain;charset=UTF-8", undefined], [undefined, "application/json", "run/step"]]);
});

it("fails where the status is not an expected one", async () => {
  expect(await ask("/missing")).toMatchObject({ is: "failed", code: "STEP_THREW", message: `http://${server.host}/missing answered 404 Not Found: no such order` });
  expect(await ask("/missing", { expect: [200, 404] })).toMatchObject({ is: "completed", data: { status: 404, body: "no such order\nor so" } });
  expect(await ask("/", { expect: [201] })).toMatchObject({ message: expect.stringContaining("answered 200 OK") });
});

it("bounds how long an answer takes and how much it is", async () => {
  expect(await ask("/never", { timeoutMs: 50 })).toMatchObject({ message: `http://${server.host}/never did not answer within 50 ms.` });
  expect(await ask("/large", { maxBytes: 1000 })).toMatchObject({ message: expect.stringContaining("answered with more than 1000 bytes") });
  expect(await ask("/large", { maxBytes: 1001 })).toMatchObject({ is: "completed" });
});

it("says so when what calls itself JSON is none", async () => {
  expect(await ask("/broken")).toMatchObject({ message: `http://${server.host}/broken says that it answered with JSON, and did not: <html>` });
});

it("obeys the egress rule, after a redirect too", async () => {
  expect(await ask("/elsewhere")).toMatchObject({ is: "failed", code: "EGRESS_REFUSED", message: expect.stringContaining('"127.0.0.2:8080"') });
  expect(await file.operate("http.request", { url: "http://169.254.169.254/latest/meta-data/" })).toMatchObject({ code: "EGRESS_REFUSED" });
});

it("says why a server could not be asked", async () => {
  const gone = await WebServer.start(() => {});
  const { host } = gone;
  await gone[Symbol.asyncDispose]();
  await using reaching = await ShippedFile.load(new URL("http.ts", import.meta.url), [host]);
  expect(await reaching.operate("http.request", { url: `http://${host}/` })).toMatchObject({ message: `http://${host}/ could not be asked: connect ECONNREFUSED ${host}` });
});

it.each<Json>([{ url: "file:///etc/passwd" }, { url: "http://a.example", methd: "GET" }, { url: "http://a.example", body: "a", json: 1 }, {}])("refuses %j as its input", async (input) => {
  expect(await file.operate("http.request", input)).toMatchObject({ is: "failed", code: "STEP_INPUT_INVALID" });
});
