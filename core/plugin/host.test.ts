import { execFile } from "node:child_process";
import { chmod, lchown, mkdir, rename, symlink } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { makeFolder } from "../../test/support/folder.ts";
import { makeHost, manifest, plugin } from "../../test/support/pluginHost.ts";
import { FakeClock } from "../testing/fakeClock.ts";

const executor = (kind: string): string => `ctx.executors.add({ kind: ${JSON.stringify(kind)}, recovery: "retry", execute: async () => {} });`;

describe("plugin host", () => {
  it("sets plugins up after those that provide what they need", async () => {
    await using it = await makeHost();
    await it.write({
      a: plugin("a", 'ctx.provide(defineToken("late"), 7);', { provides: ["late"], needs: ["early"] }),
      b: plugin("b", 'await null; ctx.provide(defineToken("early"), 1);', { provides: ["early"] }),
      c: plugin("c", 'if (ctx.get(defineToken("late")) !== 7) throw new Error("too early");', { needs: ["late"] }),
    });
    await it.host.start();
    expect(it.host.list().map(({ id, state }) => [id, state])).toEqual([["a", "active"], ["b", "active"], ["c", "active"]]);
    expect(it.changes.filter((change) => change.endsWith("active"))).toEqual(["b setting_up→active", "a setting_up→active", "c setting_up→active"]);
  });

  it("rejects bad plugins before any of their code runs, each with its reasons", async () => {
    await using it = await makeHost();
    const boom = 'throw new Error("code ran");';
    await it.write({
      wrong: { "manifest.json": JSON.stringify({ id: "wrong" }), "index.ts": boom },
      newer: { "manifest.json": manifest("newer", { apiVersion: "^9.0.0" }), "index.ts": boom },
      needy: { "manifest.json": manifest("needy", { needs: ["nothing"] }), "index.ts": boom },
      round: { "manifest.json": manifest("round", { needs: ["x"], provides: ["x"] }), "index.ts": boom },
      bare: { "index.ts": boom },
    });
    await it.host.start();
    expect(Object.fromEntries(it.host.list().map(({ id, state, error }) => [id, [state, error?.code, error?.message]]))).toEqual({
      wrong: ["rejected", "PLUGIN_INVALID", expect.stringContaining("manifest.json is not valid")],
      newer: ["rejected", "PLUGIN_API_MISMATCH", "It asks for plugin API ^9.0.0; this Loom has 1.0.0."],
      needy: ["rejected", "PLUGIN_INVALID", "It needs nothing, which no plugin provides."],
      round: ["rejected", "PLUGIN_INVALID", "Plugins need each other in a circle: round → round."],
      bare: ["rejected", "PLUGIN_INVALID", "The folder has no manifest.json."],
    });
    expect(it.info("wrong")?.error?.problems.map(({ path }) => path).toSorted()).toEqual(["apiVersion", "name", "version"]);
    expect(it.complaints.join()).not.toContain("code ran");
  });

  it("sets a plugin up once what it needs has come", async () => {
    await using it = await makeHost();
    await it.write({ needy: plugin("needy", "", { needs: ["x"] }) });
    await it.host.start();
    expect(it.info("needy")?.state).toBe("rejected");
    await it.write({ giver: plugin("giver", 'ctx.provide(defineToken("x"), 1);', { provides: ["x"] }) });
    await it.host.rescan();
    expect(it.info("needy")).toMatchObject({ state: "active", error: null });
  });

  it.each([1, 2, 3, 4, 5])("undoes everything when setup throws at registration %i", async (k) => {
    const clock = new FakeClock();
    await using it = await makeHost({ clock });
    const steps = [
      executor("mine"),
      'ctx.strands.add({ id: "s", name: "S", schedule: { kind: "every", everyMs: 10 }, run: async () => {} });',
      'ctx.provide(defineToken("t"), 1);',
      "ctx.every(10, () => {}); ctx.after(10, () => {});",
      'ctx.events.on("*", () => {});',
    ];
    await it.write({ bad: steps.with(k - 1, `${steps[k - 1]}\nthrow new Error("at ${k}");`).join("\n"), good: executor("other") });
    await it.host.start();
    expect(it.info("bad")).toMatchObject({ state: "setup_error", error: { code: "PLUGIN_SETUP_FAILED", message: `at ${k}` }, provides: { sources: 0, strands: 0 } });
    expect(it.registry.executors.list().map(({ key }) => key)).toEqual(["other"]);
    expect([it.registry.sources.list(), it.registry.services.list(), clock.pending]).toEqual([[], [], 0]);
  });

  it("names the line that threw", async () => {
    await using it = await makeHost();
    await it.write({ bad: '\n  throw new Error("here");' });
    await it.host.start();
    expect(it.info("bad")?.error?.problems[0]?.path).toMatch(/^index\.ts:\d+:\d+$/);
  });

  it("names a schedule that cannot be read instead of never firing it", async () => {
    await using it = await makeHost();
    await it.write({ p: 'ctx.strands.add({ id: "s", name: "S", schedule: { kind: "cron", expression: "61 * * * *", zone: "Mars/Base" } });' });
    await it.host.start();
    expect(it.info("p")).toMatchObject({ state: "setup_error", error: { code: "PLUGIN_INVALID", problems: [{ path: "expression" }, { path: "zone" }] } });
    expect(it.info("p")?.error?.message).toMatch(/^The schedule of the strand "s" cannot be used: expression: .*; zone: /);
  });

  it("names a setup, or a check of its settings, that hangs, undoes it, and does not keep the others waiting", async () => {
    const clock = new FakeClock();
    await using it = await makeHost({ clock });
    await it.write({
      hangs: `${executor("h")} await new Promise(() => {});`,
      wonders: { "manifest.json": manifest("wonders"), "index.ts": 'export default { config: { "~standard": { version: 1, vendor: "t", validate: () => new Promise(() => {}) } }, setup() {} };' },
      good: executor("g"),
    });
    const started = it.host.start();
    await it.until(() => it.info("good")?.state === "active" && it.info("hangs")?.state === "setting_up");
    let settled = false;
    void started.then(() => (settled = true));
    while (!settled) await clock.advance(30_000);
    for (const id of ["hangs", "wonders"]) expect(it.info(id)).toMatchObject({ state: "setup_error", error: { code: "PLUGIN_SETUP_TIMEOUT", message: "Its setup did not finish within 30 s." } });
    expect(it.registry.executors.list().map(({ key }) => key)).toEqual(["g"]);
  });

  it("takes a mended file at once although the old setup still hangs", async () => {
    await using it = await makeHost();
    await it.write({ p: "await new Promise(() => {});" });
    const started = it.host.start();
    await it.until(() => it.info("p")?.state === "setting_up");
    await it.write({ p: executor("p") });
    await it.host.rescan();
    await started;
    expect(it.info("p")?.state).toBe("active");
  });

  it("undoes at once what a setup registers after it was given up", async () => {
    const clock = new FakeClock();
    await using it = await makeHost({ clock });
    await it.write({ late: `await new Promise((go) => { globalThis.__go = go; }); ${executor("late")}` });
    let settled = false;
    void it.host.start().then(() => (settled = true));
    await it.until(() => it.info("late")?.state === "setting_up");
    while (!settled) await clock.advance(30_000);
    (globalThis as unknown as { __go(): void }).__go();
    await clock.advance(0);
    expect(it.registry.executors.list()).toEqual([]);
    expect(it.complaints).toContain("Registered after the unload and undone at once: executor");
  });

  it("swaps a reload in one step, and the strands' source is replaced", async () => {
    await using it = await makeHost();
    await it.write({ p: 'ctx.strands.add({ id: "one", name: "One" });' });
    await it.host.start();
    const heard: string[] = [];
    it.registry.sources.on({ added: () => heard.push("added"), replaced: () => heard.push("replaced"), removed: () => heard.push("removed") });
    await it.write({ p: 'ctx.strands.add({ id: "two", name: "Two" });' });
    await it.host.rescan();
    expect(heard).toEqual(["replaced"]);
    expect(it.registry.strands.list().map(({ key }) => key)).toEqual(["p:two"]);
    expect(it.info("p")).toMatchObject({ generation: 2, provides: { sources: 1, strands: 1 } });
  });

  it("does nothing when nothing was written", async () => {
    await using it = await makeHost();
    await it.write({ p: executor("p") });
    await it.host.start();
    it.changes.length = 0;
    await it.host.rescan();
    expect([it.changes, it.info("p")?.generation]).toEqual([[], 1]);
  });

  it.each([
    ["does not compile", { "index.ts": "export const = 1;" }, "MODULE_INVALID"],
    ["throws in setup", plugin("p", 'throw new Error("no");'), "PLUGIN_SETUP_FAILED"],
    ["has no default export", { "index.ts": "export const a = 1;" }, "PLUGIN_INVALID"],
    ["has a broken manifest", { "manifest.json": "{" }, "PLUGIN_INVALID"],
    ["takes another plugin's name", plugin("p", executor("other")), "PLUGIN_INVALID"],
  ])("keeps the last good generation when an edit %s, until it is mended", async (_what, edit, code) => {
    await using it = await makeHost();
    await it.write({ p: executor("p"), other: executor("other") });
    await it.host.start();
    await it.write({ p: edit });
    await it.host.rescan();
    expect(it.info("p")).toMatchObject({ state: "active", generation: 1, error: { code } });
    expect(it.registry.executors.get("p")?.owner.generation).toBe(1);
    await it.write({ p: executor("p2") });
    await it.host.rescan();
    expect(it.info("p")).toMatchObject({ state: "active", error: null });
    expect(it.registry.executors.list().map(({ key }) => key).toSorted()).toEqual(["other", "p2"]);
  });

  it("takes a removed plugin's things away and says why", async () => {
    await using it = await makeHost();
    await it.write({ p: 'ctx.strands.add({ id: "s", name: "S" });' });
    await it.host.start();
    const reasons: string[] = [];
    it.registry.sources.on({ removed: (_entry, reason) => reasons.push(reason) });
    await it.home.remove("plugins/p");
    await it.host.rescan();
    await it.until(() => it.info("p") === undefined);
    expect(reasons).toEqual(["unloaded"]);
    await it.write({ p: 'ctx.strands.add({ id: "s", name: "S" });' });
    await it.host.rescan();
    expect(it.info("p")?.state).toBe("active");
    await it.host.stop();
    expect(reasons).toEqual(["unloaded", "stopping"]);
  });

  it("lets configuration switch a plugin off and on", async () => {
    let enabled = false;
    await using it = await makeHost({ settings: () => ({ enabled }) });
    await it.write({ p: executor("p") });
    await it.host.start();
    expect(it.info("p")?.state).toBe("disabled");
    enabled = true;
    await it.host.rescan();
    expect(it.info("p")?.state).toBe("active");
    enabled = false;
    await it.host.rescan();
    expect(it.info("p")?.state).toBe("disabled");
    expect(it.registry.executors.list()).toEqual([]);
  });

  it("checks the configuration with the plugin's schema, and hands it over frozen", async () => {
    let config: unknown = { url: 1, more: true };
    await using it = await makeHost({ settings: () => ({ enabled: true, config }) });
    const index = `import { definePlugin } from "loom-gateway"; import { z } from "zod";
      export default definePlugin({ config: z.strictObject({ url: z.string(), deep: z.object({ n: z.number() }).default({ n: 1 }) }),
        setup(ctx) { ctx.provide({ name: "seen" }, { config: ctx.config, frozen: Object.isFrozen(ctx.config) && Object.isFrozen(ctx.config.deep) }); } });`;
    await it.write({ p: { "manifest.json": manifest("p"), "index.ts": index } });
    await it.host.start();
    expect(it.info("p")).toMatchObject({ state: "setup_error", error: { code: "CONFIG_INVALID" } });
    expect(it.info("p")?.error?.problems.map(({ path }) => path)).toEqual(["plugins.p.config.url", "plugins.p.config"]);
    config = { url: "here" };
    await it.host.rescan();
    expect(it.registry.services.get("seen")?.item).toEqual({ config: { url: "here", deep: { n: 1 } }, frozen: true });
    expect(z.string().parse(it.info("p")?.state)).toBe("active");
  });

  it("shows which root wins, and the override", async () => {
    await using shipped = await makeFolder(Object.fromEntries(Object.entries(plugin("p", executor("shipped"))).map(([name, text]) => [`p/${name}`, text])));
    await using it = await makeHost({ shipped: shipped.path, packages: ["p"] });
    await it.host.start();
    expect(it.info("p")).toMatchObject({ state: "rejected", root: "package", overrides: "shipped" });
    await it.home.write(Object.fromEntries(Object.entries(plugin("p", executor("package"))).map(([name, text]) => [`node_modules/p/${name}`, text])));
    await it.host.rescan();
    expect(it.info("p")).toMatchObject({ state: "active", root: "package", overrides: "shipped" });
    await it.write({ p: executor("home") });
    await it.host.rescan();
    expect(it.info("p")).toMatchObject({ state: "active", root: "home", overrides: "package" });
    expect(it.registry.executors.list().map(({ key }) => key)).toEqual(["home"]);
  });

  it.each<[what: string, harm: (at: (path: string) => string) => Promise<void>, words: string]>([
    ["a file that others may write", (at) => chmod(at("lib.ts"), 0o666), "lib.ts may be written by other users (mode 666)"],
    ["a nested folder that others may write", (at) => mkdir(at("sub")).then(() => chmod(at("sub"), 0o777)), "sub may be written by other users (mode 777)"],
    ["a pipe, which would never end", (at) => promisify(execFile)("mkfifo", [at("pipe.ts")]).then(() => {}), "pipe.ts is neither a file nor a folder"],
  ])("refuses a folder with %s", async (_what, harm, words) => {
    await using it = await makeHost();
    await it.write({ p: { ...plugin("p", ""), "lib.ts": "" }, good: executor("good") });
    await harm((path) => it.home.at(`plugins/p/${path}`));
    await it.host.start();
    expect(it.info("p")).toMatchObject({ state: "rejected", error: { code: "PLUGIN_UNSAFE", message: it.home.at(`plugins/p/${words}`) } });
    expect(it.info("good")?.state).toBe("active");
  });

  it.runIf(process.getuid?.() === 0)("refuses a folder with a link that another user has made, wherever it leads, and one that such a link stands for", async () => {
    await using it = await makeHost();
    await it.write({ p: { ...plugin("p", ""), "lib.ts": "" }, q: plugin("q", "") });
    await rename(it.home.at("plugins/q"), it.home.at("q"));
    for (const [from, to] of [["plugins/p/lib.ts", "plugins/p/other.ts"], ["q", "plugins/q"]] as const) {
      await symlink(it.home.at(from), it.home.at(to));
      await lchown(it.home.at(to), 65_534, 65_534);
    }
    await it.host.start();
    const error = (message: string): object => ({ state: "rejected", error: { code: "PLUGIN_UNSAFE", message: it.home.at(message) } });
    expect(it.info("p")).toMatchObject(error("plugins/p/other.ts belongs to another user (uid 65534)"));
    expect(it.info("q")).toMatchObject(error("plugins/q is a link of another user (uid 65534)"));
  });

  it("reads no manifest that is a link, or longer than any is", async () => {
    await using it = await makeHost();
    await it.write({ linked: plugin("linked", ""), long: { ...plugin("long", ""), "manifest.json": " ".repeat(100_000) } });
    await rename(it.home.at("plugins/linked/manifest.json"), it.home.at("elsewhere.json"));
    await symlink(it.home.at("elsewhere.json"), it.home.at("plugins/linked/manifest.json"));
    await it.host.start();
    const message = "manifest.json has to be a file of at most 65536 bytes, not a link.";
    for (const id of ["linked", "long"]) expect(it.info(id)).toMatchObject({ state: "rejected", error: { code: "PLUGIN_INVALID", message } });
  });

  it("tells of a notice when it is another one, however often it is given", async () => {
    const clock = new FakeClock();
    await using it = await makeHost({ clock });
    await it.write({ p: plugin("p", 'let given = 0; ctx.every(1_000, () => ctx.notice(++given < 3 ? null : { level: "info", title: "T", lines: [] }));') });
    await it.host.start();
    it.changes.length = 0;
    await clock.advance(2_000);
    expect(it.changes).toEqual([]);
    await clock.advance(4_000);
    expect(it.changes).toEqual(["p active→active"]);
  });

  it("takes no notice that the page could not show", async () => {
    await using it = await makeHost();
    await it.write({ p: 'ctx.notice({ level: "loud", title: 5n });', q: 'ctx.notice({ level: "info", title: "T", lines: ["one"] });' });
    await it.host.start();
    expect(it.info("p")).toMatchObject({ state: "setup_error", error: { code: "PLUGIN_INVALID" }, notice: null });
    expect(it.info("q")?.notice).toEqual({ level: "info", title: "T", lines: ["one"] });
  });

  it("refuses a folder that others may write, and takes it once that is mended", async () => {
    await using it = await makeHost();
    await it.write({ p: executor("p") });
    await chmod(it.home.at("plugins/p"), 0o777);
    await it.host.start();
    expect(it.info("p")).toMatchObject({ state: "rejected", error: { code: "PLUGIN_UNSAFE", message: `${it.home.at("plugins/p")} may be written by other users (mode 777)` } });
    await chmod(it.home.at("plugins/p"), 0o755);
    await it.host.rescan();
    expect(it.info("p")?.state).toBe("active");
    await chmod(it.home.at("plugins"), 0o775);
    await it.host.rescan();
    expect(it.info("p")).toMatchObject({ state: "active", error: { code: "PLUGIN_UNSAFE" } });
  });

  it("trusts a home below a sticky folder of ours, and no sticky folder as a plugin", async () => {
    await using parent = await makeFolder();
    await chmod(parent.path, 0o1777);
    await mkdir(parent.at("home"));
    await using it = await makeHost({ home: parent.at("home") });
    await parent.write(Object.fromEntries(Object.entries(plugin("p", executor("p"))).map(([name, text]) => [`home/plugins/p/${name}`, text])));
    await it.host.start();
    expect(it.info("p")?.state).toBe("active");
    await chmod(parent.at("home/plugins/p"), 0o1777);
    await it.host.rescan();
    expect(it.info("p")).toMatchObject({ state: "active", error: { message: `${parent.at("home/plugins/p")} may be written by other users (mode 777)` } });
  });
});
