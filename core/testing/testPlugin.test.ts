import { describe, expect, it } from "vitest";
import { definePlugin, defineToken, LoomError } from "loom-gateway";
import { FakeClock, testPlugin } from "loom-gateway/testing";
import { z } from "zod";
import { makeFolder } from "../../test/support/folder.ts";
import { plugin as pluginFiles } from "../../test/support/pluginHost.ts";

const counter = defineToken<{ count(): number }>("counter");

/** Counts failed runs, and warns of the first. */
const example = definePlugin({
  config: z.strictObject({ everyMs: z.number().default(1_000) }),
  setup(ctx) {
    let failed = 0;
    ctx.events.on("run.finished", (event) => {
      if (event.data["status"] !== "failed") return;
      failed += 1;
      ctx.notice({ level: "warning", title: "A run failed", lines: [String(event.strandId)] });
    });
    ctx.provide(counter, { count: () => failed });
    ctx.strands.add({ id: "sweep", name: "Sweep", schedule: { kind: "every", everyMs: ctx.config.everyMs }, run: async () => "swept" });
  },
});

describe("testPlugin", () => {
  it("lets an author test a plugin in ten lines", async () => {
    const plugin = await testPlugin(example, { config: { everyMs: 5_000 } });
    await plugin.emit({ type: "run.finished", strandId: "s", data: { status: "failed" } });
    expect(plugin.notices).toEqual([{ level: "warning", title: "A run failed", lines: ["s"] }]);
    expect(plugin.get(counter)?.count()).toBe(1);
    await plugin.advance(5_000);
    expect(await plugin.snapshot()).toMatchObject({ jobs: [{ id: "sweep", historyMark: expect.any(String) }] });
    await plugin.unload();
    expect(plugin.leaks).toEqual([]);
  });

  it("loads a folder as the gateway does", async () => {
    await using folder = await makeFolder(Object.fromEntries(Object.entries(pluginFiles("mine", 'ctx.strands.add({ id: "s", name: ctx.id });')).map(([name, text]) => [`mine/${name}`, text])));
    await using plugin = await testPlugin(folder.at("mine"));
    expect(plugin.strands).toMatchObject([{ id: "s", name: "mine" }]);
  });

  it("throws what the gateway would show", async () => {
    const refused = await testPlugin(example, { config: { everyMs: "often" } }).catch((error: LoomError) => error);
    expect(refused).toMatchObject({ code: "CONFIG_INVALID", problems: [{ path: "plugins.test-plugin.config.everyMs" }] });
  });

  it("tells what a plugin leaves behind", async () => {
    const plugin = await testPlugin(definePlugin({
      setup(ctx) {
        ctx.clock.interval(10, () => {});
        ctx.defer(() => { throw new Error("stuck"); });
      },
    }));
    await plugin.unload();
    expect(plugin.leaks).toEqual(["A clean-up failed: stuck", "Timers of the clock still pending: 1"]);
  });
});

describe("fake clock", () => {
  it("fires timers in order while time passes, and waits for what they start", async () => {
    const clock = new FakeClock(1_000);
    const fired: string[] = [];
    clock.timer(20, () => fired.push(`b at ${clock.now()}`));
    clock.timer(10, () => void clock.sleep(5).then(() => fired.push(`a at ${clock.now()}`)));
    const every = clock.interval(30, () => fired.push(`every at ${clock.mono()}`));
    await clock.advance(60);
    every.cancel();
    expect(fired).toEqual(["a at 1015", "b at 1020", "every at 30", "every at 60"]);
    expect([clock.pending, clock.mono(), clock.now()]).toEqual([0, 60, 1_060]);
  });

  it("lets the wall clock jump without moving timers", async () => {
    const clock = new FakeClock(0);
    let fired = false;
    clock.timer(10, () => (fired = true));
    clock.jump(-3_600_000);
    expect([clock.now(), clock.mono(), fired]).toEqual([-3_600_000, 0, false]);
    await clock.advance(10);
    expect(fired).toBe(true);
  });

  it("rejects a sleep whose signal aborts, and forgets it", async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const sleeping = clock.sleep(10, stop.signal);
    stop.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
    expect(clock.pending).toBe(0);
  });
});
