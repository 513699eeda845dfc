import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isProved } from "./webhookProof.ts";

const body = Buffer.from('{"ref":"main"}');
const NOW = 1_700_000_000_000;
const signed = `sha256=${createHmac("sha256", "s3cret").update(body).digest("hex")}`;

describe("a signed request", () => {
  it.each(["x-loom-signature", "x-hub-signature-256"])("is proved by %s", (header) => {
    expect(isProved("hmac", "s3cret", { headers: { [header]: signed }, body }, NOW)).toBe(true);
    expect(isProved("hmac", "s3cret", { headers: { [header]: signed.toUpperCase() }, body }, NOW)).toBe(true);
  });

  it("is the one that GitHub documents", () => {
    const headers = { "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" };
    expect(isProved("hmac", "It's a Secret to Everybody", { headers, body: Buffer.from("Hello, World!") }, NOW)).toBe(true);
  });

  it("is refused when one byte of it differs, or the secret, or nothing is signed", () => {
    const headers = { "x-loom-signature": signed };
    expect(isProved("hmac", "s3cret", { headers, body: Buffer.from('{"ref":"mair"}') }, NOW)).toBe(false);
    expect(isProved("hmac", "other", { headers, body }, NOW)).toBe(false);
    for (const wrong of [{}, { "x-loom-signature": "" }, { "x-loom-signature": signed.slice(7) }, { "x-loom-signature": `${signed}0` }, { "x-loom-token": "s3cret" }]) {
      expect(isProved("hmac", "s3cret", { headers: wrong, body }, NOW)).toBe(false);
    }
  });
});

describe("a request whose time is signed", () => {
  const at = (seconds: number | string, signs = `${seconds}.${body.toString()}`) => ({ "x-loom-timestamp": String(seconds), "x-loom-signature": `sha512=${createHmac("sha512", "s3cret").update(signs).digest("hex")}` });

  it("counts for five minutes, before and after", () => {
    const proved = [-301, -300, 0, 300, 301].map((seconds) => isProved("hmac", "s3cret", { headers: at(NOW / 1_000 + seconds), body }, NOW));
    expect(proved).toEqual([false, true, true, true, false]);
    for (const odd of ["", "soon", "1e9", "-1"]) expect(isProved("hmac", "s3cret", { headers: at(odd), body }, NOW), odd).toBe(false);
  });

  it("is no other request: neither its time nor its body can be changed, and it cannot be made one without a time", () => {
    const headers = at(NOW / 1_000);
    const { "x-loom-timestamp": _time, ...timeless } = headers;
    const joined = Buffer.from(`${NOW / 1_000}.${body.toString()}`);
    for (const request of [{ headers: { ...headers, "x-loom-timestamp": `${NOW / 1_000 + 1}` }, body }, { headers, body: joined }, { headers: timeless, body }, { headers: timeless, body: joined }, { headers: { ...headers, "x-loom-signature": signed }, body }]) {
      expect(isProved("hmac", "s3cret", request, NOW)).toBe(false);
    }
  });
});

describe("a token", () => {
  it("is taken from its own header or as a bearer token", () => {
    expect(isProved("token", "s3cret", { headers: { "x-loom-token": "s3cret" }, body }, NOW)).toBe(true);
    expect(isProved("token", "s3cret", { headers: { authorization: "Bearer s3cret" }, body }, NOW)).toBe(true);
  });

  it("is refused when it is another, or not there", () => {
    for (const headers of [{}, { "x-loom-token": "" }, { "x-loom-token": "s3cre" }, { authorization: "Basic s3cret" }, { authorization: "s3cret" }, { "x-loom-signature": signed }]) {
      expect(isProved("token", "s3cret", { headers, body }, NOW)).toBe(false);
    }
  });
});
