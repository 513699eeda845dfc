import { rename } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { makeHost, plugin } from "../../test/support/pluginHost.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { quietLog } from "../testing/quietLog.ts";
import { watchFolders } from "../modules/watch.ts";

const strand = (id: string): string => `ctx.strands.add({ id: ${JSON.stringify(id)}, name: "S" });`;

describe("folders of plugins", () => {
  it("take effect when they are dropped, edited, broken, mended, renamed and removed", async () => {
    await using it = await makeHost({ watch: true });
    await it.host.start();
    const strands = (): string => it.registry.strands.list().map(({ key }) => key).join();
    await it.write({ p: strand("one") });
    await it.until(() => strands() === "p:one");
    await it.write({ p: strand("two") });
    await it.until(() => strands() === "p:two");
    await it.write({ p: { "index.ts": "export default {" } });
    await it.until(() => it.info("p")?.error?.code === "MODULE_INVALID");
    expect(strands()).toBe("p:two");
    await it.write({ p: strand("three") });
    await it.until(() => strands() === "p:three" && it.info("p")?.error === null);
    await it.write({ q: plugin("p", strand("four")) });
    await it.until(() => it.info("q")?.state === "rejected");
    await rename(it.home.at("plugins/q"), it.home.at("q-aside"));
    await rename(it.home.at("plugins/p"), it.home.at("plugins/.p-old"));
    await rename(it.home.at("q-aside"), it.home.at("plugins/p"));
    await it.until(() => strands() === "p:four" && it.info("q") === undefined);
    await it.home.remove("plugins/p");
    await it.until(() => strands() === "" && it.info("p") === undefined);
  });

  it("settle while they are written file by file", async () => {
    await using it = await makeHost({ watch: true });
    await it.host.start();
    const files = plugin("p", 'ctx.strands.add({ id: helper, name: "S" });');
    await it.write({ p: { "index.ts": `import { helper } from "./sub/helper.ts";\n${files["index.ts"]}` } });
    await it.until(() => it.info("p")?.state === "rejected");
    await it.write({ p: { "manifest.json": files["manifest.json"]! } });
    await it.until(() => it.info("p")?.error?.code === "MODULE_INVALID");
    await it.write({ p: { "sub/helper.ts": 'export const helper = "made";' } });
    await it.until(() => it.registry.strands.get("p:made") !== undefined);
  });

  it("are looked at once for all who ask before that begins: a look may take longer than hints are apart", async () => {
    let looks = 0;
    await using it = await makeHost({ settings: () => (looks++, { enabled: false }) });
    await it.write({ p: strand("one") });
    await it.host.start();
    const before = looks;
    await it.host.rescan();
    const each = looks - before;
    await Promise.all(Array.from({ length: 20 }, () => it.host.rescan()));
    expect(looks - before - each).toBe(each);
  });

  it("are looked at every ten seconds although no watcher tells of anything", async () => {
    await using folder = await makeFolder();
    const clock = new FakeClock();
    let hints = 0;
    const watch = await watchFolders({ folders: [folder.path], clock, log: quietLog, onHint: () => (hints += 1) });
    await clock.advance(30_000);
    // Its own first hint, when it is ready, may come or not yet have come.
    expect(hints).toBeGreaterThanOrEqual(3);
    await watch.close();
    expect(clock.pending).toBe(0);
  });
});
