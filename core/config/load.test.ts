import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isLoomError, type Problem } from "../errors/loomError.ts";
import { loadConfig, type Flags, type LoadedConfig } from "./load.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "loom-config-"));
});
afterEach(() => rm(home, { recursive: true }));

const write = (name: string, content: unknown): Promise<void> => writeFile(join(home, name), typeof content === "string" ? content : JSON.stringify(content));
const load = (env: Record<string, string> = {}, flags: Flags = {}): Promise<LoadedConfig> => loadConfig({ home, env, flags });

async function problems(env: Record<string, string> = {}, flags: Flags = {}): Promise<readonly Problem[]> {
  const error: unknown = await load(env, flags).then(() => undefined, (thrown: unknown) => thrown);
  if (!isLoomError(error) || error.code !== "CONFIG_INVALID") throw error;
  return error.problems;
}

describe("the settings", () => {
  test("are the defaults in an empty home", async () => {
    const { config, sources } = await load();
    expect(config).toMatchObject({ port: 7373, host: "127.0.0.1", log: { level: "info", format: "auto" }, plugins: {}, packages: [], keep: { events: 100_000 } });
    expect(sources.port).toBe("default");
  });

  test("come from config.json, .env, the environment and flags, each winning over the one before", async () => {
    await write("config.json", { port: 1, host: "::1", log: { level: "error", format: "json" } });
    await write(".env", "LOOM_PORT=2\nLOOM_HOST=127.0.0.1\nLOOM_LOG_LEVEL=warn\n");
    const { config, sources } = await load({ LOOM_PORT: "3", LOOM_HOST: "" }, { port: 4 });
    expect(config).toMatchObject({ port: 4, host: "127.0.0.1", log: { level: "warn", format: "json" } });
    expect(sources).toMatchObject({ port: "flag", host: ".env", "log.level": ".env", "log.format": "config.json", "keep.events": "default" });
  });

  test("from .env never reach process.env", async () => {
    await write(".env", "LOOM_ONLY_HERE=1");
    await load();
    expect(process.env).not.toHaveProperty("LOOM_ONLY_HERE");
  });

  test("may carry comments and trailing commas", async () => {
    await write("config.json", "{\n  // my port\n  port: 8080,\n}");
    expect((await load()).config.port).toBe(8080);
  });

  test("fill in what a plugin's entry leaves out, and keep its own config as it is", async () => {
    await write("config.json", { plugins: { "openclaw-cron-mirror": { config: { url: "ws://127.0.0.1:1", nested: { a: [1] } } } } });
    const { config } = await load();
    expect(config.plugins["openclaw-cron-mirror"]).toEqual({ enabled: true, config: { url: "ws://127.0.0.1:1", nested: { a: [1] } } });
  });

  test("are frozen all the way down", async () => {
    const { config } = await load();
    expect(Object.isFrozen(config) && Object.isFrozen(config.log)).toBe(true);
  });
});

describe("mistakes", () => {
  test("are all told at once, each with its path and its mend", async () => {
    await write("config.json", { prot: 1, log: { level: "loud", colour: true }, packages: "x", keep: { events: 1 }, plugins: { Bad_Id: {}, good: { enabeld: false } } });
    expect(await problems({ LOOM_PORT: "99999" })).toEqual(
      expect.arrayContaining([
        { path: "config.json: prot", message: "there is no such setting", mend: "Did you mean port?" },
        { path: "config.json: log.level", message: '"loud" is not allowed here', mend: "Use debug or info or warn or error." },
        { path: "config.json: log.colour", message: "there is no such setting", mend: "Remove it; there are level, format." },
        { path: "config.json: packages", message: '"x" is not allowed here', mend: "Give a list." },
        { path: "config.json: keep.events", message: "1 is not allowed here", mend: "Use 1000 or more." },
        { path: "config.json: plugins.Bad_Id", message: "A plugin's id has small letters, digits and dashes", mend: "Rename it." },
        { path: "config.json: plugins.good.enabeld", message: "there is no such setting", mend: "Did you mean enabled?" },
        { path: "LOOM_PORT", message: "99999 is not allowed here", mend: "Use 65535 or less." },
      ]),
    );
  });

  test("carry the name under which the value was given", async () => {
    await write(".env", "LOOM_LOG_LEVEL=loud");
    const found = await problems({ LOOM_PORT: "http" }, { host: "0.0.0.0", logFormat: "xml" });
    expect(found.map((problem) => problem.path).sort()).toEqual(["--host", "--log-format", ".env: LOOM_LOG_LEVEL", "LOOM_PORT"]);
  });

  test("no address beyond loopback is accepted without a proxy that ends TLS", async () => {
    const mistake = { path: "config.json: host", message: "other machines may reach Loom only through a proxy that ends TLS", mend: expect.stringContaining("docs/proxy.md") };
    for (const host of ["0.0.0.0", "::", "10.1.2.3", "127.0.0.2"]) {
      await write("config.json", { host });
      expect(await problems()).toEqual([mistake]);
    }
    await write("config.json", { host: "mill" });
    expect(await problems()).toMatchObject([{ path: "config.json: host", message: expect.stringContaining("127.0.0.1") }]);
  });

  test("of a proxy are told: that it ends TLS has to be said, and its address and peers named", async () => {
    const proxy = { endsTls: true, origin: "https://loom.example.com" };
    await write("config.json", { host: "10.1.2.3", proxy });
    expect((await load({})).config.proxy).toEqual({ ...proxy, from: ["127.0.0.1", "::1"] });
    for (const wrong of [{ endsTls: undefined }, { endsTls: false }, { origin: "http://loom.example.com" }, { origin: "https://loom.example.com/" }, { origin: "https://a@b" }, { from: [] }, { from: ["mill"] }, { from: ["10.0.0.0/33"] }]) {
      await write("config.json", { host: "10.1.2.3", proxy: { ...proxy, ...wrong } });
      expect(await problems(), JSON.stringify(wrong)).toHaveLength(1);
    }
  });

  test("in the JSON itself are told with line and column", async () => {
    await write("config.json", '{\n  "port": 1,\n  "log": x\n}');
    expect(await problems()).toEqual([{ path: "config.json:3:10", message: "invalid character 'x'", mend: "Correct the JSON there." }]);
  });

  test("a file that is no object is refused", async () => {
    await write("config.json", "[1]");
    expect((await problems())[0]).toMatchObject({ path: "config.json:1:1" });
  });

  test.each(["__proto__", "constructor", "prototype"])("the name %s is refused everywhere", async (name) => {
    await write("config.json", `{ "plugins": { "a": { "config": { "x": { ${JSON.stringify(name)}: { "polluted": true } } } } }, ${JSON.stringify(name)}: { "port": 1 } }`);
    const paths = (await problems()).map((problem) => problem.path);
    expect(paths).toEqual(expect.arrayContaining([`config.json: ${name}`, `config.json: plugins.a.config.x.${name}`]));
    expect({}).not.toHaveProperty("polluted");
  });

  test.each(["config.json", ".env"])("a pipe in the place of %s is refused, and not waited for", async (name) => {
    execFileSync("mkfifo", [join(home, name)]);
    await expect(load()).rejects.toThrow(`${name} cannot be read: it is not a file.`);
  });

  test("a wrong kind of parent is reported once, whatever the environment lays on it", async () => {
    await write("config.json", { log: "debug" });
    expect(await problems({ LOOM_LOG_LEVEL: "warn" })).toEqual([{ path: "config.json: log", message: '"debug" is not allowed here', mend: "Give an object." }]);
  });
});
