import { execFileSync } from "node:child_process";
import { lchownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import JSON5 from "json5";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { realFolder } from "./files/realFolder.ts";
import { readStateFolder, type Env } from "./stateFolder.ts";

let folder: string;
beforeEach(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), "loom-state-")))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};
const read = async (env: Env = {}, ambient = true) => readStateFolder(await realFolder(folder), join(folder, "openclaw.json"), env, ambient);
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
    write("openclaw.json", "{ env: { OPENCLAW_A: 'block', vars: { B: 'block', C: 'block' } }, gateway: { auth: { token: '${OPENCLAW_A}-${B}-${C}' } } }");
    write(".env", "OPENCLAW_A=dotenv\nB=dotenv\n");
    expect((await read({ OPENCLAW_A: "process" })).credentials()).toEqual({ token: "process-dotenv-block" });
  });

  test("are not filled from what else is in the environment: that is for others", async () => {
    await expect(withToken("${AWS_SECRET_ACCESS_KEY}", { AWS_SECRET_ACCESS_KEY: "x" })).rejects.toThrow(/needs AWS_SECRET_ACCESS_KEY/);
  });

  test("that are set nowhere are named", async () => {
    await expect(withToken("${NOWHERE}")).rejects.toThrow(/NOWHERE/);
  });

  test("that would fill a secret over and over are not", async () => {
    const filled = async (times: number, length: number) => {
      write("openclaw.json", JSON.stringify({ env: { A: "x".repeat(length) }, gateway: { auth: { token: "${A}".repeat(times) } } }));
      return (await read()).credentials();
    };
    expect(await filled(1_000, 4)).toEqual({ token: "x".repeat(4_000) });
    await expect(filled(1_000, 5)).rejects.toMatchObject({ trouble: "needs_configuration", message: expect.stringContaining("longer than 4096 characters") as string });
    await expect(filled(1_025, 1)).rejects.toThrow(/longer than 4096 characters/);
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

describe.runIf(process.getuid!() === 0)("a folder of another user", () => {
  const theirs = (...names: string[]): void => ["", ...names].forEach((name) => lchownSync(join(folder, name), 4_321, 4_321));
  const ours = (name: string, content: string): string => {
    write(name, content);
    return join(folder, name);
  };

  test("is given nothing of Loom's environment", async () => {
    write("openclaw.json", "{ gateway: { auth: { token: '${OPENCLAW_GATEWAY_TOKEN}' } } }");
    theirs("openclaw.json");
    const state = await read({ OPENCLAW_GATEWAY_TOKEN: "ours", OPENCLAW_GATEWAY_PORT: "5678" });
    expect(() => state.credentials()).toThrow(/OPENCLAW_GATEWAY_TOKEN/);
    expect([state.ownerUid, state.url]).toEqual([4_321, "ws://127.0.0.1:18789"]);
  });

  test("is given nothing out of a file of ours that a link there leads to", async () => {
    write("openclaw.json", "{ gateway: { auth: { token: '${SECRET}' } } }");
    symlinkSync(ours("ours.env", "SECRET=ours\n"), join(folder, ".env"));
    theirs("openclaw.json", ".env");
    const state = await read();
    expect(() => state.credentials()).toThrow(/a file of user 0/);
    rmSync(join(folder, "openclaw.json"));
    symlinkSync(ours("ours.json", "{ gateway: { auth: { token: 'ours' } } }"), join(folder, "openclaw.json"));
    theirs("openclaw.json");
    await expect(read()).rejects.toThrow(/a file of user 0/);
    rmSync(join(folder, "openclaw.json"));
    write("openclaw.json", "{ gateway: { $include: './ours.json' } }");
    theirs("openclaw.json");
    await expect(read()).rejects.toThrow(/a file of user 0/);
  });

  test("is read where all is theirs", async () => {
    write("openclaw.json", "{ gateway: { auth: { token: '${SECRET}' } } }");
    write(".env", "SECRET=theirs\n");
    theirs("openclaw.json", ".env");
    expect((await read()).credentials()).toEqual({ token: "theirs" });
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

  test.each<[what: string, file: string, times: number]>([
    ["over and over", `{ a: "${"x".repeat(100_000)}" }`, 11],
    ["with very many values", `[${"{},".repeat(2_000)}]`, 30],
    ["with values in values without end", `{ a: ${"[".repeat(60_000)} }`, 1],
  ])("are parsed as far as 256 KB and 50,000 values: %s", async (_what, file, times) => {
    write("openclaw.json", JSON.stringify({ gateway: { $include: Array.from({ length: times }, () => "./more.json5") } }));
    write("more.json5", file);
    await expect(read()).rejects.toMatchObject({ trouble: "needs_configuration", message: expect.stringContaining("holds more than Loom takes in") as string });
  });

  test("of many keys are merged all in one go", async () => {
    const files = Array.from({ length: 99 }, (_, n) => `./${n}.json5`);
    write("openclaw.json", JSON.stringify({ gateway: { $include: files } }));
    files.forEach((file, n) => write(file, JSON.stringify({ port: n, ...Object.fromEntries(Array.from({ length: 280 }, (_, key) => [(1_000 * n + key).toString(36), 1])) })));
    const before = process.cpuUsage();
    expect((await read()).url).toBe("ws://127.0.0.1:98");
    // One after the other they took 1.8 s.
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
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

test.each([["mode: 'remote'"], ["bind: 'custom', customBindHost: '10.0.0.7'"], ["bind: 'custom', customBindHost: '127.0.0.1:1@10.0.0.7'"], ["bind: 'custom', customBindHost: '127.0.0.1:1/x?'"]])("a gateway with %s has to be named", async (field) => {
  write("openclaw.json", `{ gateway: { ${field} } }`);
  await expect(read().then((state) => state.localUrl())).rejects.toMatchObject({ trouble: "needs_configuration" });
});

test.each([["mode: 'password', password: 'p'", { password: "p" }], ["password: 'p'", { password: "p" }], ["mode: 'none'", null]])("auth with %s", async (auth, credentials) => {
  write("openclaw.json", `{ gateway: { auth: { ${auth} } } }`);
  expect((await read()).credentials()).toEqual(credentials);
});

test("what lies deep in each other is left alone", async () => {
  write("openclaw.json", `{ gateway: { port: 3, a: ${"{ a: ".repeat(40_000)} 1 ${"}".repeat(40_000)} } }`);
  expect((await read()).url).toBe("ws://127.0.0.1:3");
});

test("files that have not changed are parsed once, also where they cannot be", async () => {
  const parse = vi.spyOn(JSON5, "parse");
  onTestFinished(() => parse.mockRestore());
  write("openclaw.json", "{ gateway: { port: 3, auth: { $include: './auth.json5' } } }");
  write("auth.json5", "{ token: 'a' }");
  for (let n = 0; n < 3; n++) expect((await read()).credentials()).toEqual({ token: "a" });
  expect(parse).toHaveBeenCalledTimes(2);
  write("auth.json5", "{ token: ");
  for (let n = 0; n < 3; n++) await expect(read()).rejects.toMatchObject({ trouble: "needs_configuration" });
  expect(parse).toHaveBeenCalledTimes(3);
});

test("very many files that have not changed are parsed once, too", async () => {
  const parse = vi.spyOn(JSON5, "parse");
  onTestFinished(() => parse.mockRestore());
  write("openclaw.json", JSON.stringify({ gateway: { $include: Array.from({ length: 90 }, (_, n) => `./${n}.json5`) } }));
  for (let n = 0; n < 90; n++) write(`${n}.json5`, "{ port: 3 }");
  for (let n = 0; n < 2; n++) expect((await read()).url).toBe("ws://127.0.0.1:3");
  expect(parse).toHaveBeenCalledTimes(91);
});

test("a file that is not JSON is named, without its content", async () => {
  write("openclaw.json", "{ gateway: { auth: { token: 'very-secret' ");
  await expect(read()).rejects.toMatchObject({ trouble: "needs_configuration", message: expect.not.stringContaining("very-secret") as string });
});

describe("what somebody else may have put there", () => {
  const harms: [what: string, put: (path: string) => void, words: string][] = [
    ["a pipe", (path) => execFileSync("mkfifo", [path]), "is a pipe, not a regular file"],
    ["a folder", (path) => mkdirSync(path), "is a folder, not a regular file"],
    ["a link to a device", (path) => symlinkSync("/dev/zero", path), "is a device, not a regular file"],
    ["a file that is too large", (path) => (writeFileSync(path, ""), truncateSync(path, 256 * 1024 + 1)), "is larger than [\\d.]+ MB"],
  ];

  test.each(harms)("%s in the place of openclaw.json is not waited for, and told", async (_what, put, words) => {
    put(join(folder, "openclaw.json"));
    await expect(read()).rejects.toMatchObject({ trouble: "needs_configuration", message: expect.stringMatching(words) as string, help: expect.stringContaining("config.json") as string });
  });

  test.each(harms)("nor %s in that of a file that it includes", async (_what, put, words) => {
    write("openclaw.json", "{ gateway: { $include: './more.json5' } }");
    put(join(folder, "more.json5"));
    const named = words === "is a device, not a regular file" ? "lies outside" : words;
    await expect(read()).rejects.toMatchObject({ trouble: "needs_configuration", message: expect.stringMatching(named) as string });
  });

  test.each(harms)("nor %s in that of .env, which is told where the token may be in it", async (_what, put, words) => {
    put(join(folder, ".env"));
    const told = { trouble: "needs_configuration", message: expect.stringMatching(`\\.env .*${words}`) as string };
    expect((await read()).url).toBe("ws://127.0.0.1:18789");
    await expect(read().then((state) => state.credentials())).rejects.toMatchObject(told);
    await expect(withToken("${TOKEN}")).rejects.toMatchObject(told);
    expect(await withToken("abc")).toEqual({ token: "abc" });
  });
});
