import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LoomError } from "../errors/loomError.ts";
import { createRedactor, REDACTED } from "./redact.ts";

const secret = fc.string({ minLength: 8, maxLength: 40, unit: "binary" }).filter((text) => text.isWellFormed() && text.trim().length >= 8);

describe("a learned secret", () => {
  test("is gone from every address that Node writes with it, in whatever part", () => {
    const url = (part: "password" | "pathname" | "search" | "hash", start: string) => (secret: string) => Object.assign(new URL(start), { [part]: secret }).href;
    const writers = [
      url("password", "postgres://ann@h/"),
      url("pathname", "http://h/"),
      url("search", "http://h/"),
      url("search", "redis://h/"),
      url("hash", "http://h/"),
      (secret: string) => new URL(`http://h/${secret}`).href,
      (secret: string) => new URL(`http://h/?key=${secret}`).href,
      (secret: string) => new URLSearchParams({ key: secret }).toString(),
      encodeURI,
    ];
    const shown = (secret: string): string[] => writers.map((write) => createRedactor({ DB_PASSWORD: secret }).text(write(secret)));
    const plain = shown("correcthorse");
    expect(plain.join("")).not.toContain("horse");
    for (const secret of ["Tr0ub@dor&3 x^y", "p~a*s's!w(o)r,d", "päss/wörd?a=b#c", "a|b{c}[d]`e", "P@ss$word", 'say "hi" <now>', "back\\slash\\es"]) expect(shown(secret)).toEqual(plain);
  });

  test("is gone from JSON as other languages write it", () => {
    const password = 'Grün&Weiß+7/<x>="\'';
    const redactor = createRedactor({ DB_PASSWORD: password });
    const written = [
      String.raw`Gr\u00fcn&Wei\u00df+7/<x>=\"'`,
      String.raw`Gr\u00fcn&Wei\u00df+7\/<x>=\"'`,
      String.raw`Grün&Weiß+7\/<x>=\"'`,
      String.raw`Grün\u0026Weiß+7/\u003cx\u003e=\"'`,
      String.raw`Grün\u0026Weiß+7/\u003cx\u003e\u003d\"\u0027`,
      String.raw`Gr\u00FCn\u0026Wei\u00DF\u002B7/\u003Cx\u003E=\u0022\u0027`,
    ];
    for (const text of written) {
      expect(JSON.parse(`"${text}"`)).toBe(password);
      expect(redactor.text(`{"password":"${text}"}`)).toBe('{"password":"[redacted]"}');
    }
  });

  test("is gone from what programs encode line by line or byte by byte, from its beginning on", () => {
    const secret = "correct-horse-battery-staple-correct-horse-battery-staple-correct";
    const redactor = createRedactor({ DEPLOY_TOKEN: secret, API_KEY: "Zk3vT-9" });
    const run = (program: string, ...args: string[]): string => execFileSync(program, args, { input: secret }).toString();
    const texts = [run("base64"), run("openssl", "base64"), run("od", "-An", "-v", "-w100", "-tx1"), Buffer.from(secret).toString("hex").replace(/.{60}/g, "$&\n"), inspect({ body: Buffer.from("Zk3vT-9") }), Buffer.from(secret).toString("base64").replace(/.{76}/g, "$&\r\n")];
    for (const text of texts) expect(redactor.text(text).replace(REDACTED, "").trim(), text).toMatch(/^(?:[A-Za-z0-9]{0,3}=*|\{ body: <Buffer > \})$/);
  });

  test("is gone where a text was cut in its middle, also in pieces", () => {
    const secret = "Zk3vT+9/aa==Zk3vT-9bb-Zk3vT-9cc-Zk3vT-9dd-Zk3vT-9ee";
    const redactor = createRedactor({ DEPLOY_TOKEN: secret });
    for (const spelling of [secret, encodeURIComponent(secret)]) {
      for (let length = 4; length < spelling.length; length++) {
        const text = `it says ${spelling.slice(0, length)}…\n`;
        // From the 39th letter on the beginning is hidden by itself.
        expect(redactor.text(text)).toMatch(/^it says \[redacted\].{0,14}…\n$/);
        const pieces = redactor.pieces();
        expect(pieces(text.slice(0, 10), false) + pieces(text.slice(10, 12), false) + pieces(text.slice(12, -2), false) + pieces(text.slice(-2), true)).toBe(redactor.text(text));
      }
    }
    expect(redactor.text("Zk3…")).toBe("Zk3…");
    expect(redactor.text("Zk3vT is no secret, and neither is this…")).toBe("Zk3vT is no secret, and neither is this…");
  });

  test("hides nothing more for what of a path is left out", () => {
    expect(createRedactor({ DB_PASSWORD: "a/../b/../.." }).text("a text as it is")).toBe("a text as it is");
  });

  test("is gone from any text, plain, JSON-escaped, URL-encoded, in hex or in base64 at any place", () => {
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (secret, before, after) => {
        const redactor = createRedactor();
        redactor.learn(secret);
        const said = (text: string): string => redactor.text(text);
        expect(said(before + secret + after)).not.toContain(secret);
        expect(said(JSON.stringify({ text: secret }))).not.toContain(JSON.stringify(secret).slice(1, -1));
        expect(said(JSON.stringify(JSON.stringify({ text: secret })))).not.toContain(JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1));
        expect(said(`/x?q=${encodeURIComponent(secret)}`)).not.toContain(encodeURIComponent(secret));
        const hex = Buffer.from(secret).toString("hex");
        expect(said(before + hex + hex.toUpperCase())).toContain(REDACTED + REDACTED);
        for (const encoding of ["base64", "base64url"] as const) {
          const encoded = Buffer.from(before + secret + after).toString(encoding);
          expect(said(encoded)).toContain(REDACTED);
          expect(Buffer.from(said(encoded).replaceAll(REDACTED, ""), encoding).toString()).not.toContain(secret);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test("of several lines is gone however it is printed: in an object, indented, wrapped anew or without its line ends", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048, privateKeyEncoding: { type: "pkcs8", format: "pem" }, publicKeyEncoding: { type: "spki", format: "pem" } });
    const redactor = createRedactor({ TLS_PRIVATE_KEY: privateKey });
    const lines = privateKey.trim().split("\n").slice(1, -1);
    const long = lines.filter((line) => line.length >= 12);
    expect(long.length).toBeGreaterThan(20);
    const printed = [inspect({ key: privateKey }), inspect([[privateKey]]), privateKey.replace(/^/gm, "    "), privateKey.replaceAll("\n", ""), privateKey.replaceAll("\n", "\r\n"), JSON.stringify({ key: `"${privateKey}"` })];
    for (const text of printed) for (const line of long) expect(redactor.text(text)).not.toContain(line);
  });

  test("with quotes and backslashes is gone from objects as console.log shows them", () => {
    const value = `it's "a\\b" secret`;
    expect(createRedactor({ API_SECRET: value }).text(inspect({ value }))).toBe("{ value: `[redacted]` }");
  });

  test("is gone from any value, wherever it hides", () => {
    fc.assert(
      fc.property(secret, fc.object({ maxDepth: 4 }), (secret, value) => {
        const redactor = createRedactor();
        redactor.learn(secret);
        const hiding = { value, list: [secret, { [secret]: secret }], error: new Error(secret, { cause: secret }), map: new Map([[secret, secret]]), set: new Set([secret]) };
        expect(JSON.stringify(redactor.value(hiding))).not.toContain(JSON.stringify(secret).slice(1, -1));
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test("matches percent escapes in either case", () => {
    const redactor = createRedactor();
    redactor.learn("pass/word?x");
    expect(redactor.text("a=pass%2fword%3fx&b=pass%2Fword%3Fx")).toBe("a=[redacted]&b=[redacted]");
  });

  test("is the password of an address in any variable, also as it is printed alone and by programs", () => {
    const redactor = createRedactor({ DATABASE_URL: "postgres://loom:open%40sesame@db.example/loom", CONNECTION_STRING: "redis://:over&over@cache:6379,redis://a:once-more@cache:6380", PROXY: "http://me@proxy:8080", LOCAL: "postgres://postgres:postgres@127.0.0.1/x", SITE: "https://site.example:8443/a:b@c" });
    expect(redactor.text("open%40sesame open@sesame over&over once-more")).toBe("[redacted] [redacted] [redacted] [redacted]");
    expect(redactor.pieces()("postgres://loom:open%40sesame@db.example/loom", true)).toBe("postgres://loom:[redacted]@db.example/loom");
    const harmless = "loom db.example cache:6379 me proxy:8080 postgres site.example 8443/a:b@c";
    expect(redactor.text(harmless)).toBe(harmless);
  });

  test("is no count of tokens and no switch, which would hide half of what programs print", () => {
    const redactor = createRedactor({ MAX_TOKENS: "4096", USE_TOKEN: "true", COOKIE_SECURE: "False", CREDENTIALS: "none", DOOR_PASSWORD: "4711", API_TOKEN: "1234567890" });
    expect(redactor.text("4096 true False none 4711 1234567890")).toBe("4096 true False none [redacted] [redacted]");
  });

  test("of a few letters is not hunted for", () => {
    const redactor = createRedactor();
    redactor.learn("abc");
    redactor.learn("");
    expect(redactor.text("abcdef")).toBe("abcdef");
  });
});

describe("what was never learned", () => {
  const redactor = createRedactor();

  test.each(["token", "accessToken", "api_key", "X-Api-Key", "password", "dbPassword", "Authorization", "set-cookie", "clientSecret", "credentials", "private_key", "DB_PASS", "MYSQL_PWD", "SIGNING_KEY", "GH_PAT", "GITLAB_PAT", "AZURE_DEVOPS_EXT_PAT", "SSH_KEY", "TLS_KEY", "DEPLOY_KEY", "RAILS_MASTER_KEY", "TS_AUTHKEY", "APP_KEY", "OPENAI_KEY", "NPM_AUTH", "NPM_CONFIG__AUTH", "DOCKER_AUTH_CONFIG", "BACKUP_PASSPHRASE", "DB_PSWD", "ROOT_PW", "DOOR_PASSCODE", "AWS_CREDENTIALS", "GCP_CREDS", "AzureConnectionString", "TLS_PRIVKEY"])(
    "is hidden under the name %s",
    (key) => {
      expect(redactor.value({ [key]: "open sesame", deep: [{ [key]: { any: "thing" } }] })).toEqual({ [key]: REDACTED, deep: [{ [key]: REDACTED }] });
    },
  );

  test("folders and other things with like names stay", () => {
    const value = { PWD: "/home/ann", OLDPWD: "/srv", PATH: "/usr/bin", compat: "never", pass: "second" };
    expect(redactor.value(value)).toEqual(value);
  });

  test.each(["KEYBOARD", "monkey", "key", "PUBLIC_KEY", "SSH_PUBLIC_KEY", "SSH_KEY_PATH", "SSL_KEY_FILE", "sessionKey", "primaryKey", "idempotencyKey", "storageKey", "cacheKey", "hotkey", "SSH_AUTH_SOCK", "auth", "OAUTH", "SMTP_AUTH", "author", "XAUTHORITY", "DATABASE_URL", "sacred", "clipW", "context"])(
    "stays under the name %s",
    (key) => expect(redactor.value({ [key]: "open sesame" })).toEqual({ [key]: "open sesame" }),
  );

  test("counts and flags under such names stay", () => {
    const value = { input_tokens: 12, hasPassword: true, token: null };
    expect(redactor.value(value)).toEqual(value);
    expect(redactor.value({ password: 1234 })).toEqual({ password: REDACTED });
  });

  test.each([
    ["Authorization: Bearer abcdef123456", "Authorization: Bearer [redacted]"],
    ["postgres://me:hunter2@db/loom", "postgres://[redacted]db/loom"],
    ["http://127.0.0.1:7373/#token=abc123&x=1", "http://127.0.0.1:7373/#token=[redacted]&x=1"],
    ["nothing to see: the basic idea", "nothing to see: the basic idea"],
  ])("gives itself away in %j", (text, shown) => {
    expect(redactor.text(text)).toBe(shown);
  });
});

describe("a copied value", () => {
  const { value } = createRedactor();

  test("is the same for plain data", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (json) => {
        fc.pre(!/token|secret|pass|cookie|credential|key|:\/\/|basic|bearer/i.test(JSON.stringify(json)));
        expect(JSON.parse(JSON.stringify(value(json)))).toEqual(JSON.parse(JSON.stringify(json)));
      }),
      { seed: 1 },
    );
  });

  test("cuts cycles, depth and length", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(value(cycle)).toEqual({ self: "[circular]" });
    const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => ({ inner }), 1);
    expect(JSON.stringify(value(deep))).toContain("[too deep]");
    expect(value(Array(1000).fill(0))).toHaveLength(501);
  });

  test("is made of whatever there is, also of what throws when it is looked at", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const wordless = Object.defineProperty(new Error("x"), "message", { get: () => { throw new Error("no words"); } });
    expect(value(proxy)).toBe("[unreadable]");
    expect(value({ at: 1, error: Object.assign(new Error("x"), { state: proxy, cause: proxy }) })).toMatchObject({ at: 1, error: { message: "x", state: "[unreadable]", cause: "[unreadable]" } });
    expect(value([1, wordless])).toEqual([1, "[unreadable]"]);
  });

  test("names a value twice where it stands twice, without calling it a cycle", () => {
    const shared = { a: 1 };
    expect(value([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
  });

  test("carries __proto__ as a key and pollutes nothing", () => {
    const copy = value(JSON.parse('{"__proto__":{"polluted":true}}')) as object;
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":true}}');
    expect({}).not.toHaveProperty("polluted");
  });

  test("survives what cannot be stringified", () => {
    const odd = { get bad(): never { throw new Error("no"); }, big: 1n, fn() {}, sym: Symbol("s"), bytes: new Uint8Array(3), date: new Date(0), never: new Date(Number.NaN) };
    expect(value(odd)).toEqual({ bad: "[unreadable]", big: "1", fn: "[function]", sym: "[symbol]", bytes: "[3 bytes]", date: "1970-01-01T00:00:00.000Z", never: "[invalid date]" });
  });

  test("tells an error with its code, details, stack and cause", () => {
    const error = new LoomError("NOT_FOUND", "gone", { details: { token: "x" }, cause: new TypeError("why") });
    expect(value(error)).toMatchObject({ type: "LoomError", message: "gone", code: "NOT_FOUND", details: { token: REDACTED }, cause: { type: "TypeError", message: "why" } });
    expect(value(error)).toHaveProperty("stack", expect.stringContaining("LoomError: gone"));
  });
});
