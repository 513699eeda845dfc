import { once } from "node:events";
import { opendir, readdir } from "node:fs/promises";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync, type Dir } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { configSchema, parseAddress, whyNoGatewayUrl } from "./config.ts";
import { findInstances, mustBelongTo } from "./discover.ts";

vi.mock("node:fs/promises", { spy: true });

let home: string;
beforeEach(() => (home = realpathSync(mkdtempSync(join(tmpdir(), "loom-home-")))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const folder = (name: string, config: string): string => {
  mkdirSync(join(home, name), { recursive: true });
  writeFileSync(join(home, name, "openclaw.json"), config);
  return join(home, name);
};
const find = (config: object = {}, env: Record<string, string> = {}) => findInstances(configSchema.parse(config), { env, home });

test("nothing is found where nothing is", async () => {
  mkdirSync(join(home, ".openclaw"));
  expect(await find()).toEqual([]);
});

test("the state folder in the home is found, and is the instance's identity", async () => {
  const path = folder(".openclaw", "{ gateway: { port: 1234, auth: { token: 'a' } } }");
  const [instance, ...more] = await find();
  expect(more).toEqual([]);
  expect(instance!.identity).toBe(path);
  expect(await instance!.endpoint()).toEqual({ url: "ws://127.0.0.1:1234", credentials: { token: "a" }, prove: expect.any(Function) as unknown });
});

test("what else lies in a state folder is not listed", async () => {
  folder(".openclaw", "{}");
  expect(await find()).toHaveLength(1);
  expect([...vi.mocked(opendir).mock.calls, ...vi.mocked(readdir).mock.calls].map(([listed]) => listed)).toEqual([home]);
});

test("a changed port is seen at the next attempt", async () => {
  folder(".openclaw", "{ gateway: { port: 1234, auth: { token: 'a' } } }");
  const [instance] = await find();
  folder(".openclaw", "{ gateway: { port: 5678, auth: { token: 'b' } } }");
  expect(await instance!.endpoint()).toMatchObject({ url: "ws://127.0.0.1:5678", credentials: { token: "b" } });
});

test.each([["OPENCLAW_STATE_DIR", "~/elsewhere", "elsewhere"], ["OPENCLAW_PROFILE", "rescue", ".openclaw-rescue"]])("%s names another folder", async (name, value, expected) => {
  const path = folder(expected, "{}");
  expect((await find({}, { [name]: value })).map((instance) => instance.identity)).toEqual([path]);
});

test("every profile of the home folder is an instance of its own, and its name tells it apart", async () => {
  const main = folder(".openclaw", "{ gateway: { port: 1 } }");
  const rescue = folder(".openclaw-rescue", "{ gateway: { port: 2 } }");
  folder(".openclawish", "{}");
  mkdirSync(join(home, ".openclaw-empty"));
  const elsewhere = folder("elsewhere/.openclaw", "{ gateway: { port: 3 } }");
  const found = await find({}, { OPENCLAW_STATE_DIR: elsewhere });
  expect(found.map(({ identity, label }) => [identity, label])).toEqual([[elsewhere, "OpenClaw"], [main, `OpenClaw (${main})`], [rescue, "OpenClaw rescue"]]);
  expect(await Promise.all(found.map((instance) => instance.address()))).toEqual(["ws://127.0.0.1:3", "ws://127.0.0.1:1", "ws://127.0.0.1:2"]);
});

test("two folders stay two though they name the same port", async () => {
  const paths = [folder(".openclaw", "{}"), folder(".openclaw-other", "{}")];
  expect((await find()).map(({ identity }) => identity)).toEqual(paths);
});

test("of very many profiles the first ten are found, the usual one among them", async () => {
  for (let n = 0; n < 60; n++) folder(`.openclaw-p${n}`, `{ gateway: { port: ${2_000 + n} } }`);
  folder(".openclaw", "{}");
  const found = await find();
  expect([found.length, found[0]!.label]).toEqual([10, "OpenClaw"]);
});

test("of a home folder with names without end the first twenty thousand are looked through", async () => {
  folder(".openclaw-early", "{}");
  let given = 0;
  async function* names(): AsyncGenerator<{ readonly name: string }> {
    for (;;) yield { name: given++ === 0 ? ".openclaw-early" : `f${given}` };
  }
  vi.mocked(opendir).mockResolvedValueOnce(names() as unknown as Dir);
  expect((await find()).map(({ label }) => label)).toEqual(["OpenClaw early"]);
  expect(given).toBe(20_000);
});

test("what the environment says of a gateway is not said of another profile's", async () => {
  folder(".openclaw", "{ gateway: { port: 1 } }");
  folder(".openclaw-rescue", "{ gateway: { port: 2, auth: { token: 'own' } } }");
  const [, rescue] = await find({}, { OPENCLAW_GATEWAY_PORT: "9", OPENCLAW_GATEWAY_TOKEN: "of the first" });
  expect(await rescue!.endpoint()).toMatchObject({ url: "ws://127.0.0.1:2", credentials: { token: "own" } });
});

test("a configured address needs no proof", async () => {
  const [instance] = await find({ detect: false, instances: [{ name: "Mine", url: "ws://127.0.0.1:1", token: "t" }] });
  expect(instance).toMatchObject({ label: "Mine", identity: "ws://127.0.0.1:1" });
  expect(await instance!.endpoint()).toEqual({ url: "ws://127.0.0.1:1", credentials: { token: "t" } });
});

test("a configured token helps where the folder's is a reference", async () => {
  const stateDir = folder("x", "{ gateway: { port: 7, auth: { token: { source: 'exec', id: 'a' } } } }");
  const [instance] = await find({ detect: false, instances: [{ stateDir, token: "t" }] });
  expect(await instance!.endpoint()).toMatchObject({ url: "ws://127.0.0.1:7", credentials: { token: "t" } });
});

test("an address and a folder that have one place and one secret are one instance, by the folder's identity and the configured way", async () => {
  const path = folder(".openclaw", "{ gateway: { port: 1234, auth: { token: 't' } } }");
  const found = await find({ instances: [{ name: "Mine", url: "ws://localhost:1234", token: "t" }] });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ identity: path, label: "Mine" });
  expect(await found[0]!.endpoint()).toEqual({ url: "ws://localhost:1234", credentials: { token: "t" } });
});

test.each([
  [".openclaw", "auth: { token: 'another' }"],
  [".openclaw-evil", "auth: { token: 'another' }"],
  [".openclaw-evil", "auth: { token: { source: 'exec', id: 'a' } }"],
  [".openclaw-evil", "auth: { mode: 'none' }"],
])("a folder %s with { %s } takes no place, name or history of a gateway that a person has named, though it says its port", async (name, auth) => {
  const path = folder(name, `{ gateway: { port: 1234, ${auth} } }`);
  const named = [{ name: "Mine", url: "ws://127.0.0.1:1234", token: "t" }];
  const found = await find({ instances: named });
  expect(found).toMatchObject([{ identity: "ws://127.0.0.1:1234", label: "Mine", folder: null }]);
  expect(await found[0]!.endpoint()).toEqual({ url: "ws://127.0.0.1:1234", credentials: { token: "t" } });
  // One that is named itself is there beside it.
  const both = await find({ detect: false, instances: [...named, { name: "Other", stateDir: path }] });
  expect(both).toMatchObject([{ identity: "ws://127.0.0.1:1234" }, { identity: path }]);
  expect(await find({ instances: [{ name: "Other", stateDir: path }] }, { OPENCLAW_GATEWAY_URL: "ws://127.0.0.1:1234", OPENCLAW_GATEWAY_TOKEN: "t" })).toMatchObject([{ identity: path }, { identity: "ws://127.0.0.1:1234" }]);
});

test("OpenClaw's own client variables name a gateway, with their own credentials only", async () => {
  folder(".openclaw", "{ gateway: { auth: { token: 'of the folder' } } }");
  const found = await find({}, { OPENCLAW_GATEWAY_URL: "ws://127.0.0.1:9999" });
  const named = found.find((instance) => instance.identity.startsWith("ws:"))!;
  await expect(named.endpoint()).rejects.toThrow("OPENCLAW_GATEWAY_TOKEN");
});

test.each([
  ["{ gateway: { port: 1234, auth: { token: { source: 'exec', id: 'a' } } } }", "ws://127.0.0.1:1234"],
  ["{ gateway: { mode: 'remote', remote: { url: 'wss://elsewhere' } } }", "wss://elsewhere"],
  ["{ gateway: { bind: 'custom', customBindHost: '10.0.0.7' } }", "wss://10.0.0.7:18789"],
])("a person who follows the advice for %s is done with it", async (config, url) => {
  const path = folder(".openclaw", config);
  const [before] = await find();
  await expect(before!.endpoint()).rejects.toMatchObject({ trouble: "needs_configuration", help: expect.stringContaining('"stateDir": "~/.openclaw", "url": "ws://127.0.0.1:18789", "token"') });
  const after = await find({ instances: [{ stateDir: path, url, token: "t" }] });
  expect(after.map((instance) => instance.identity)).toEqual([path]);
  expect(await after[0]!.endpoint()).toEqual({ url, credentials: { token: "t" } });
});

test.each([["ws://10.0.0.7:18789"], ["ftp://127.0.0.1"], ["ws://user:pw@127.0.0.1"], ["gateway"]])("%s is no address to send a token to", (url) => {
  expect(configSchema.safeParse({ instances: [{ url, token: "t" }] }).success).toBe(false);
});

test("no address is as long as a file may be: to read one could take seconds", () => {
  const address = (length: number): string => "ws://127.0.0.1:1/".padEnd(length, "x");
  expect([parseAddress(address(2_048)) === null, parseAddress(address(2_049))]).toEqual([false, null]);
  expect(whyNoGatewayUrl(`ws://a${"\u0301".repeat(60_000)}${"\u0327".repeat(60_000)}`)).toContain("Write the address as");
});

test("an instance needs an address or a folder, and unknown settings are refused", () => {
  expect(configSchema.safeParse({ instances: [{ token: "t" }] }).success).toBe(false);
  expect(configSchema.safeParse({ instances: [{ url: "ws://127.0.0.1:1", tokn: "t" }] }).success).toBe(false);
});

test("the token is kept back unless the program that answers belongs to the folder's owner", async () => {
  await using server = createServer((socket) => socket.write("challenge")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "data");
  const ends = { local: { address: socket.localAddress!, port: socket.localPort! }, remote: { address: socket.remoteAddress!, port: socket.remotePort! } };
  const someoneElse = process.getuid!() + 1;
  await expect(mustBelongTo(someoneElse, ends, "/x", "ws://y")).rejects.toMatchObject({ trouble: "needs_configuration", help: expect.stringContaining("config.json") as string });
  socket.destroy();
});
