import { expect, test } from "vitest";
import { pluginChild } from "../../../test/support/pluginChild.ts";

interface Measured {
  readonly heapMb: number;
  readonly resources: number;
  readonly threads: number;
  readonly listeners: number;
  /** Of the process that reads, and its bundler. */
  readonly readers: { readonly mb: number; readonly threads: number };
}

const stage = JSON.stringify(new URL("../../../test/support/libraryStage.ts", import.meta.url).href);

test("a thousand reloads leave memory, handles and threads flat, here and in the process that reads", async () => {
  await using running = pluginChild(
    `
    const { existsSync, readFileSync, readdirSync } = await import("node:fs");
    // Without a disk that each commit has to wait for.
    if (existsSync("/dev/shm")) process.env.TMPDIR = "/dev/shm";
    const { libraryStage, workflow } = await import(${stage});
    const it = await libraryStage({ "home/workflows/lib/n.ts": "export const n = 0;" });
    const status = (pid, name) => Number(new RegExp(name + ":\\\\s+(\\\\d+)").exec(readFileSync("/proc/" + pid + "/status", "utf8"))[1]);
    const children = (pid) => readdirSync("/proc/" + pid + "/task").flatMap((task) => readFileSync("/proc/" + pid + "/task/" + task + "/children", "utf8").split(" ").filter(Boolean));
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const measure = async () => {
      for (let n = 0; n < 5; n += 1) { await turn(); globalThis.gc(); }
      const readers = children(process.pid).flatMap((pid) => [pid, ...children(pid)]);
      return {
        heapMb: process.memoryUsage().heapUsed / 1048576,
        resources: process.getActiveResourcesInfo().length,
        threads: status("self", "Threads"),
        listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
        readers: { mb: readers.reduce((sum, pid) => sum + status(pid, "VmRSS") / 1024, 0), threads: readers.reduce((sum, pid) => sum + status(pid, "Threads"), 0) },
      };
    };
    const reload = async (from, to) => {
      for (let n = from; n < to; n += 1) {
        const ballast = "const ballast = Array.from({ length: 100_000 }, (_, at) => at + " + n + ");";
        if (n % 2 === 0) await it.save({ "workflows/lib/n.ts": "export const n = " + n + ";" });
        else await it.save({ "workflows/a.ts": 'import { n } from "./lib/n.ts"; import { z } from "zod";\\n' + ballast + workflow("a", "description: String(n + ballast.length), input: z.object({ n: z.number().default(" + n + ") }),") });
        await it.library.reload();
      }
    };
    await it.library.start();
    await reload(1, 150);
    const before = await measure();
    await reload(150, 1_150);
    const after = await measure();
    say("measured " + JSON.stringify({ before, after, version: it.library.workflow("a").version, complaints: it.complaints }));
    await it[Symbol.asyncDispose]();
    process.exit();`,
    ["--expose-gc"],
  );
  const line = await running.line((one) => one.startsWith("measured "));
  const { before, after, version, complaints } = JSON.parse(line.slice("measured ".length)) as { before: Measured; after: Measured; version: number; complaints: string[] };
  expect({ version, complaints }).toEqual({ version: 1_149, complaints: [] });
  expect(after.resources).toBeLessThanOrEqual(before.resources);
  expect(after.threads).toBeLessThanOrEqual(before.threads);
  expect(after.listeners).toBe(before.listeners);
  expect(after.heapMb - before.heapMb).toBeLessThan(3);
  expect(after.readers.threads - before.readers.threads).toBeLessThanOrEqual(4);
  // It takes out its garbage when it sees fit; what is kept of each would be 800 MB.
  expect(after.readers.mb - before.readers.mb).toBeLessThan(200);
}, 180_000);
