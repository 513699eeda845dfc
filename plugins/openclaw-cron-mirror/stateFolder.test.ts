import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readStateFolder, type Env } from "./stateFolder.ts";

let folder: string;
beforeEach(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), "loom-state-")))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};
const read = (env: Env = {}, ambient = true) => readStateFolder(folder, join(folder, "openclaw.json"), env, ambient);
const withToken = async (token: unknown, env: Env = {}) => {
  write("openclaw.json", JSON.stringify({ gateway: { auth: { token } } }));
  return (await read(env)).credentials();
};

test("address, token and owner come from JSON with comments", async () => {
  write("openclaw.json", `{ // mine\n gateway: { port: 28789, auth: { mode: 'token', token: "abc", }, }, }`);
  const state = await read();
  expect(state.localUrl()).toBe("ws://127.0.0.1:28789");
  expect(state.credentials()).toEqual({ token: "abc" });
  expect(state.ownerUid).toBe(process.getuid!());
});

test("without a file the defaults hold and the token is asked for", async () => {
  const state = await read();
  expect(state.localUrl()).toBe("ws://127.0.0.1:18789");
  expect(() => state.credentials()).toThrow(/holds no gateway token/);
  expect((await read({ OPENCLAW_GATEWAY_TOKEN: "env" })).credentials()).toEqual({ token: "env" });
});

test("what the environment says of a gateway is for the gateway that was found by it", async () => {
  write("openclaw.json", "{ gateway: { port: 1234, auth: { token: 'own' } } }");
  const env = { OPENCLAW_GATEWAY_PORT: "5678", OPENCLAW_GATEWAY_TOKEN: "other" };
  expect((await read(env, true)).localUrl()).toBe("ws://127.0.0.1:5678");
  expect((await read(env, false)).localUrl()).toBe("ws://127.0.0.1:1234");
  expect((await read(env, true)).credentials()).toEqual({ token: "own" });
});

describe("variables", () => {
  test("are filled from the environment, then from .env, then from the file's own env block", async () => {
    write("openclaw.json", "{ env: { A: 'block', vars: { B: 'block', C: 'block' } }, gateway: { auth: { token: '${A}-${B}-${C}' } } }");
    write(".env", "A=dotenv\nB=dotenv\n");
    expect((await read({ A: "process" })).credentials()).toEqual({ token: "process-dotenv-block" });
  });

  test("that are set nowhere are named", async () => {
    await expect(withToken("${NOWHERE}")).rejects.toThrow(/NOWHERE/);
  });

  test("can be escaped", async () => {
    expect(await withToken("$${A}")).toEqual({ token: "${A}" });
  });
});

describe("a reference to a secret", () => {
  test.each([[{ source: "exec", provider: "vault", id: "gateway" }], [{ source: "env", id: "A" }], ["$OPENCLAW_SECRET"]])("%j is left alone, and the way out is told", async (token) => {
    await expect(withToken(token, { A: "x", OPENCLAW_SECRET: "x" })).rejects.toMatchObject({
      trouble: "needs_configuration",
      message: expect.stringContaining("reference to a secret") as string,
      help: expect.stringContaining("config.json") as string,
    });
  });
});

describe("included files", () => {
  test("are merged in order, and own fields win", async () => {
    write("openclaw.json", "{ $include: ['./a.json5', './b.json5'], gateway: { port: 3 } }");
    write("a.json5", "{ gateway: { port: 1, auth: { token: 'a', mode: 'token' } } }");
    write("b.json5", "{ gateway: { port: 2, auth: { $include: 'sub/auth.json5' } } }");
    write("sub/auth.json5", "{ token: 'sub' }");
    const state = await read();
    expect(state.localUrl()).toBe("ws://127.0.0.1:3");
    expect(state.credentials()).toEqual({ token: "sub" });
  });

  test("that name each other over and over are read a hundred times, and no more", async () => {
    const others = (from: number) => Array.from({ length: 10 }, (_, n) => `./${from}${n}.json5`);
    write("openclaw.json", JSON.stringify({ gateway: { $include: others(0) } }));
    for (let from = 0; from < 9; from++) for (let n = 0; n < 10; n++) write(`${from}${n}.json5`, JSON.stringify(from < 8 ? { $include: others(from + 1) } : {}));
    await expect(read()).rejects.toThrow("more than 100 files are included");
  });

  test("that are broken matter only where they are needed", async () => {
    write("openclaw.json", "{ agents: { $include: './missing.json5' }, gateway: { auth: { token: 'a' } } }");
    expect((await read()).credentials()).toEqual({ token: "a" });
  });

  test.each([["../../../etc/passwd"], ["/etc/passwd"], ["./missing.json5"], ["./openclaw.json"]])("%s is refused", async (file) => {
    write("openclaw.json", JSON.stringify({ gateway: { $include: file } }));
    await expect(read()).rejects.toMatchObject({ trouble: "needs_configuration" });
  });
});

test.each([["mode: 'remote'"], ["bind: 'custom', customBindHost: '10.0.0.7'"]])("a gateway with %s has to be named", async (field) => {
  write("openclaw.json", `{ gateway: { ${field} } }`);
  await expect(read().then((state) => state.localUrl())).rejects.toMatchObject({ trouble: "needs_configuration" });
});

test.each([["mode: 'password', password: 'p'", { password: "p" }], ["password: 'p'", { password: "p" }], ["mode: 'none'", null]])("auth with %s", async (auth, credentials) => {
  write("openclaw.json", `{ gateway: { auth: { ${auth} } } }`);
  expect((await read()).credentials()).toEqual(credentials);
});

test("a file that is not JSON is named, without its content", async () => {
  write("openclaw.json", "{ gateway: { auth: { token: 'very-secret' ");
  await expect(read()).rejects.toMatchObject({ trouble: "needs_configuration", message: expect.not.stringContaining("very-secret") as string });
});
