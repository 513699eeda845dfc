import { describe, expect, it } from "vitest";
import { makeFolder } from "../support/folder.ts";
import { filesOfTheGuide } from "../support/guide.ts";
import { makeHost } from "../support/pluginHost.ts";
import { testPlugin } from "loom-gateway/testing";

describe("the first plugin of the guide", () => {
  it("has fewer than fifteen lines", async () => {
    const files = await filesOfTheGuide();
    expect(Object.keys(files)).toEqual(["manifest.json", "index.ts"]);
    expect(Object.values(files).join("").trimEnd().split("\n").length).toBeLessThan(15);
  });

  it("adds its strand when it is dropped in, and takes it away when it is deleted", async () => {
    await using it = await makeHost({ watch: true });
    await it.host.start();
    await it.write({ hello: await filesOfTheGuide() });
    await it.until(() => it.registry.strands.get("hello:greet") !== undefined);
    const [source] = it.registry.sources.list();
    expect(await source!.item.snapshot({ revision: null, signal: AbortSignal.any([]) })).toMatchObject({ jobs: [{ id: "greet", name: "Say hello", enabled: true }] });
    await it.home.remove("plugins/hello");
    await it.until(() => it.registry.sources.list().length === 0);
  });

  it("is tested as the guide says", async () => {
    const files = Object.entries(await filesOfTheGuide()).map(([name, text]) => [`hello/${name}`, text]);
    await using folder = await makeFolder(Object.fromEntries(files));
    const plugin = await testPlugin(folder.at("hello"), { config: {} });
    await plugin.advance(3_600_000);
    expect((await plugin.sources[0]!.runs!("greet", { cursor: null, signal: AbortSignal.any([]) })).runs).toMatchObject([
      { trigger: "schedule", status: "succeeded", steps: [{ output: "Hello from test" }] },
    ]);
    await plugin.unload();
    expect(plugin.leaks).toEqual([]);
  });
});
