import { describe, expect, it } from "vitest";
import { pluginChild } from "../../test/support/pluginChild.ts";
import { makeHost } from "../../test/support/pluginHost.ts";

interface Measured {
  readonly heapMb: number;
  readonly resources: number;
  readonly listeners: number;
}

describe("reloads", () => {
  it("leave memory, handles and listeners flat after a thousand, and let go of the old exports", async () => {
    await using running = pluginChild(
      `
      const it = await makeHost();
      const source = (n) => plugin("p", \`
        const ballast = Array.from({ length: 20_000 }, (_, at) => at + \${n});
        globalThis.__ballast = new WeakRef(ballast);
        ctx.strands.add({ id: "s", name: "S \${n}", schedule: { kind: "every", everyMs: 60_000 }, run: async () => String(ballast.length) });
        ctx.executors.add({ kind: "p", recovery: "retry", execute: async () => ballast.length });
        ctx.every(60_000, () => void ballast); ctx.events.on("*", () => void ballast); setInterval(() => void ballast, 60_000);
        ctx.signal.addEventListener("abort", () => void ballast); ctx.provide(defineToken("t"), ballast);\`);
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      const measure = async () => {
        for (let n = 0; n < 5; n += 1) { await turn(); globalThis.gc(); }
        const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
        return { heapMb: process.memoryUsage().heapUsed / 1048576, resources: process.getActiveResourcesInfo().length, listeners };
      };
      const reload = async (from, to) => {
        for (let n = from; n < to; n += 1) {
          await it.write({ p: source(n) });
          await it.host.rescan();
        }
      };
      await it.write({ p: source(0) });
      await it.host.start();
      await reload(1, 100);
      const before = await measure();
      await reload(100, 1_100);
      const last = globalThis.__ballast;
      await reload(1_100, 1_101);
      const after = await measure();
      say("measured " + JSON.stringify({ before, after, generation: it.info("p").generation, gone: last.deref() === undefined, complaints: it.complaints }));
      await it[Symbol.asyncDispose]();
      process.exit();`,
      ["--expose-gc"],
    );
    const line = await running.line((one) => one.startsWith("measured "));
    const { before, after, generation, gone, complaints } = JSON.parse(line.slice("measured ".length)) as {
      before: Measured; after: Measured; generation: number; gone: boolean; complaints: string[];
    };
    expect({ generation, gone, complaints }).toEqual({ generation: 1_101, gone: true, complaints: [] });
    expect(after.resources).toBeLessThanOrEqual(before.resources);
    expect(after.listeners).toBe(before.listeners);
    expect(after.heapMb - before.heapMb).toBeLessThan(3);
  }, 120_000);

  it("of ten plugins at once, fifty times, end with everything in its place", async () => {
    await using it = await makeHost();
    const ids = Array.from({ length: 10 }, (_, n) => `p${n}`);
    const source = (id: string, n: number): string => `ctx.executors.add({ kind: "${id}-${n % 3}", recovery: "retry", execute: async () => {} }); await null;`;
    await it.write(Object.fromEntries(ids.map((id) => [id, source(id, 0)])));
    await it.host.start();
    const looks: Promise<void>[] = [];
    for (let n = 1; n <= 50; n += 1) {
      const at = n % ids.length;
      if (n % 7 === 0) await it.home.remove(`plugins/${ids[at]}`);
      else await it.write({ [ids[at]!]: source(ids[at]!, n) });
      looks.push(it.host.rescan());
    }
    await Promise.all(looks);
    await it.write(Object.fromEntries(ids.map((id) => [id, source(id, 99)])));
    await it.host.rescan();
    expect(it.host.list().map(({ id, state }) => `${id} ${state}`)).toEqual(ids.map((id) => `${id} active`));
    expect(it.registry.executors.list().map(({ key }) => key).toSorted()).toEqual(ids.map((id) => `${id}-0`));
    await it.host.stop();
    expect(it.registry.executors.list()).toEqual([]);
  });
});
