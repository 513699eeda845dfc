import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isProved } from "./webhookProof.ts";

const body = Buffer.from('{"ref":"main"}');
const signed = `sha256=${createHmac("sha256", "s3cret").update(body).digest("hex")}`;

describe("a signed request", () => {
  it.each(["x-loom-signature", "x-hub-signature-256"])("is proved by %s", (header) => {
    expect(isProved("hmac", "s3cret", { headers: { [header]: signed }, body })).toBe(true);
    expect(isProved("hmac", "s3cret", { headers: { [header]: signed.toUpperCase() }, body })).toBe(true);
  });

  it("is the one that GitHub documents", () => {
    const headers = { "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" };
    expect(isProved("hmac", "It's a Secret to Everybody", { headers, body: Buffer.from("Hello, World!") })).toBe(true);
  });

  it("is refused when one byte of it differs, or the secret, or nothing is signed", () => {
    const headers = { "x-loom-signature": signed };
    expect(isProved("hmac", "s3cret", { headers, body: Buffer.from('{"ref":"mair"}') })).toBe(false);
    expect(isProved("hmac", "other", { headers, body })).toBe(false);
    for (const wrong of [{}, { "x-loom-signature": "" }, { "x-loom-signature": signed.slice(7) }, { "x-loom-signature": `${signed}0` }, { "x-loom-token": "s3cret" }]) {
      expect(isProved("hmac", "s3cret", { headers: wrong, body })).toBe(false);
    }
  });
});

describe("a token", () => {
  it("is taken from its own header or as a bearer token", () => {
    expect(isProved("token", "s3cret", { headers: { "x-loom-token": "s3cret" }, body })).toBe(true);
    expect(isProved("token", "s3cret", { headers: { authorization: "Bearer s3cret" }, body })).toBe(true);
  });

  it("is refused when it is another, or not there", () => {
    for (const headers of [{}, { "x-loom-token": "" }, { "x-loom-token": "s3cre" }, { authorization: "Basic s3cret" }, { authorization: "s3cret" }, { "x-loom-signature": signed }]) {
      expect(isProved("token", "s3cret", { headers, body })).toBe(false);
    }
  });
});
