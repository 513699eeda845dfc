import { describe, expect, it } from "vitest";
import { makeHost } from "../../test/support/pluginHost.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import type { LoomEvent } from "./contract.ts";

const event: LoomEvent = { seq: 1, at: 0, type: "run.finished", strandId: null, runId: null, data: {} };
const executor = (kind: string): string => `ctx.executors.add({ kind: ${JSON.stringify(kind)}, recovery: "retry", execute: async () => {} });`;

describe("a plugin that fails while it runs", () => {
  it("is taken out of use after five failures in a minute, and comes back when it is saved", async () => {
    const clock = new FakeClock();
    await using it = await makeHost({ clock });
    await it.write({ p: `${executor("p")} ctx.strands.add({ id: "s", name: "S" }); ctx.every(1_000, async () => { throw new Error("again"); });` });
    await it.host.start();
    const reasons: string[] = [];
    it.registry.sources.on({ removed: (_entry, reason) => reasons.push(reason) });
    await clock.advance(4_000);
    expect(it.info("p")?.state).toBe("active");
    await clock.advance(1_000);
    expect(it.info("p")).toMatchObject({
      state: "quarantined",
      error: { code: "PLUGIN_QUARANTINED", message: "It failed 5 times within 60 s, last in its task every 1000 ms: again" },
    });
    expect([reasons, it.registry.executors.list(), clock.pending]).toEqual([["quarantined"], [], 0]);
    await it.host.rescan();
    expect(it.info("p")?.state).toBe("quarantined");
    await it.write({ p: executor("p") });
    await it.host.rescan();
    expect(it.info("p")).toMatchObject({ state: "active", error: null });
  });

  it("tells little of very long words", async () => {
    const clock = new FakeClock();
    await using it = await makeHost({ clock });
    await it.write({
      p: 'const long = "x".repeat(1_000_000); ctx.notice({ level: "info", title: long, lines: Array(1_000).fill(long) }); ctx.every(1_000, () => { throw new Error(long); });',
      q: 'throw new Error("x".repeat(1_000_000));',
    });
    await it.host.start();
    expect(JSON.stringify(it.info("p")).length).toBeLessThan(200_000);
    await clock.advance(5_000);
    expect(it.info("p")?.state).toBe("quarantined");
    for (const id of ["p", "q"]) expect([JSON.stringify(it.info(id)).length < 10_000, it.info(id)?.error?.message]).toEqual([true, expect.stringMatching(/x…$/)]);
  });

  it("is left in use when failures are rare", async () => {
    const clock = new FakeClock();
    await using it = await makeHost({ clock });
    await it.write({ p: 'ctx.every(20_000, () => { throw new Error("rare"); });' });
    await it.host.start();
    await clock.advance(600_000);
    expect(it.info("p")?.state).toBe("active");
    expect(it.complaints.length).toBe(30);
  });

  it("keeps no event from the others, whether it throws, rejects or never finishes", async () => {
    const clock = new FakeClock();
    await using it = await makeHost({ clock });
    await it.write({
      throws: 'ctx.events.on("*", () => { throw new Error("t"); });',
      rejects: 'ctx.events.on("*", async () => { throw new Error("r"); });',
      hangs: 'ctx.events.on("*", () => new Promise(() => {}));',
      listens: 'let seen = 0; ctx.events.on("run.finished", () => { seen += 1; }); ctx.provide(defineToken("seen"), () => seen);',
    });
    await it.host.start();
    it.bus.publish([event, event, event, event]);
    await clock.advance(0);
    expect((it.registry.services.get("seen")!.item as () => number)()).toBe(4);
    it.bus.publish([event]);
    await clock.advance(0);
    expect(["throws", "rejects", "hangs", "listens"].map((id) => it.info(id)?.state)).toEqual(["quarantined", "quarantined", "active", "active"]);
  });

  it("is named for a rejection that nobody catches, and for an error out of a socket's depths", async () => {
    await using it = await makeHost();
    const blamed: (string | null)[] = [];
    const both = Promise.withResolvers<void>();
    const listener = (error: unknown): void => {
      blamed.push(it.host.blame(error));
      if (blamed.length === 2) both.resolve();
    };
    // The test runner has listeners of its own, which would fail the test.
    const others = { unhandledRejection: process.rawListeners("unhandledRejection"), uncaughtException: process.rawListeners("uncaughtException") };
    for (const name of ["unhandledRejection", "uncaughtException"] as const) {
      process.removeAllListeners(name);
      process.on(name as "uncaughtException", listener);
    }
    try {
      await it.write({
        p: 'ctx.provide(defineToken("go"), () => { void (async () => { await null; throw new Error("lost"); })(); process.nextTick(() => { throw new Error("thrown"); }); });',
        q: 'ctx.executors.add({ kind: "q", recovery: "retry", execute: async () => { (ctx.get(defineToken("go")) as () => void)(); } });',
      });
      await it.host.start();
      await it.registry.executors.get("q")?.item.execute({ input: null, idempotencyKey: "k", signal: AbortSignal.timeout(5_000) });
      await both.promise;
      expect(blamed).toEqual(["q", "q"]);
      expect(it.host.blame(new Error("Loom's own"))).toBeNull();
    } finally {
      for (const name of ["unhandledRejection", "uncaughtException"] as const) {
        process.removeAllListeners(name);
        for (const other of others[name]) process.on(name as "uncaughtException", other as () => void);
      }
    }
  });

  it("counts what its plain timers throw, and they end with it", async () => {
    await using it = await makeHost();
    await it.write({ p: 'setInterval(() => { throw new Error("tick"); }, 1);' });
    await it.host.start();
    await it.until(() => it.info("p")?.state === "quarantined");
    expect(it.info("p")?.error?.message).toContain("last in its timer: tick");
  });

  it("may hang or throw while it unloads: the next generation is in use all the same", async () => {
    const clock = new FakeClock();
    await using it = await makeHost({ clock });
    await it.write({ p: `${executor("p")} ctx.defer(() => { throw new Error("thrown"); }); ctx.defer(() => new Promise(() => {}));` });
    await it.host.start();
    await it.write({ p: executor("p") });
    let done = false;
    void it.host.rescan().then(() => (done = true));
    await it.until(() => it.info("p")?.generation === 2);
    while (!done) await clock.advance(5_000);
    expect(it.info("p")).toMatchObject({
      state: "active",
      warnings: [
        "Generation 1 did not unload cleanly. A clean-up failed: did not finish within 5 s",
        "Generation 1 did not unload cleanly. A clean-up failed: thrown",
      ],
    });
  });

  it("stays on the page as failed_unload when its folder is gone but not all of it", async () => {
    await using it = await makeHost();
    await it.write({ p: 'ctx.defer(() => { throw new Error("stuck"); });' });
    await it.host.start();
    await it.home.remove("plugins/p");
    await it.host.rescan();
    await it.host.rescan();
    expect(it.info("p")).toMatchObject({ state: "failed_unload", warnings: ["Generation 1 did not unload cleanly. A clean-up failed: stuck"] });
    await it.write({ p: "" });
    await it.host.rescan();
    expect(it.info("p")?.state).toBe("active");
  });

  it("does not keep the gateway from stopping in time, however many hang", async () => {
    const clock = new FakeClock();
    await using it = await makeHost({ clock });
    const hang = "for (let n = 0; n < 5; n += 1) ctx.defer(() => new Promise(() => {}));";
    await it.write({ a: hang, b: hang, c: hang, d: "await new Promise(() => {});" });
    void it.host.start();
    await it.until(() => ["a", "b", "c"].every((id) => it.info(id)?.state === "active") && it.info("d")?.state === "setting_up");
    const began = clock.mono();
    let stopped = false;
    void it.host.stop().then(() => (stopped = true));
    // Time passes where something waits for it, and not while the machine is slow.
    while (!stopped) await (clock.pending > 0 ? clock.advance(500) : new Promise((resolve) => setImmediate(resolve)));
    expect(clock.mono() - began).toBeLessThanOrEqual(15_500);
  });

  it("is told of the server, child and connection that it left open", async () => {
    const clock = new FakeClock();
    await using it = await makeHost({ clock });
    await it.write({
      p: `const { createServer, connect } = await import("node:net"); const { spawn } = await import("node:child_process");
        const server = createServer(() => {}); await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
        const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
        const port = (server.address() as any).port; const socket = connect(port, "127.0.0.1"); await new Promise((go) => socket.on("connect", go));
        (globalThis as any).__left = { server, child, socket, port };`,
    });
    await it.host.start();
    const { __left: left } = globalThis as unknown as { __left: { server: { close(): void }; child: { kill(): void; pid: number }; socket: { destroy(): void }; port: number } };
    try {
      await it.write({ p: "" });
      await it.host.rescan();
      expect(it.info("p")?.warnings).toEqual([]);
      await clock.advance(5_000);
      expect(it.info("p")?.warnings.toSorted()).toEqual([
        `Generation 1 left a connection to 127.0.0.1:${left.port} open.`,
        `Generation 1 left a server on 127.0.0.1:${left.port} open.`,
        `Generation 1 left the child process ${left.child.pid} (${process.execPath}) open.`,
      ]);
    } finally {
      left.server.close();
      left.socket.destroy();
      left.child.kill();
    }
  });
});
