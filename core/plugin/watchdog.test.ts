import { describe, expect, it } from "vitest";
import { pluginChild } from "../../test/support/pluginChild.ts";
import { systemClock } from "../clock/system.ts";

/** A host whose plugin runs this half a second after its setup. */
const child = (code: string) =>
  pluginChild(`
    globalThis.say = say;
    const it = await makeHost({ watchdog: true });
    await it.write({ calm: "", greedy: ${JSON.stringify(`ctx.after(500, async () => { ${code} });`)} });
    await it.host.start();
    await it.until(() => it.info("greedy").warnings.length > 0);
    say("shown " + it.info("greedy").warnings[0]);
    await it[Symbol.asyncDispose]();
    say("over");
    process.exit();`);

async function named(running: ReturnType<typeof pluginChild>): Promise<{ line: string; afterMs: number }> {
  await running.line((line) => line === "begins");
  const began = systemClock.mono();
  const line = await running.line((one) => one.includes("blocks the event loop"));
  return { line, afterMs: systemClock.mono() - began };
}

describe("watchdog", () => {
  it("names the plugin that loops for ever after an await, and its function", async () => {
    await using running = child('await null; globalThis.say("begins"); (function spin() { for (;;); })();');
    const { line, afterMs } = await named(running);
    expect(JSON.parse(line)).toMatchObject({ level: "error", plugin: "greedy", msg: expect.stringMatching(/^The plugin greedy: it blocks the event loop in spin \(.*greedy\/index\.ts\)$/) });
    // Within a second on a machine that has time for it; this one may be full of other tests.
    expect(afterMs).toBeLessThan(3_000);
  });

  it("names the plugin that waits inside a system call", async () => {
    await using running = child('const { execFileSync } = await import("node:child_process"); await null; globalThis.say("begins"); execFileSync(process.execPath, ["-e", "setTimeout(() => {}, 1500)"]);');
    const { line } = await named(running);
    expect(line).toContain('"plugin":"greedy"');
    expect(await running.line((one) => one.startsWith("shown"))).toMatch(/^shown It blocks the event loop/);
    await running.line((one) => one === "over");
  });
});
