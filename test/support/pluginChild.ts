import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A process of its own with a plugin host in it: for what the test runner's process would disturb. */
export interface PluginChild extends AsyncDisposable {
  /** The next line that satisfies the test, from stdout or stderr, among those that have not been read yet. */
  line(fits: (line: string) => boolean): Promise<string>;
}

/** @param body what runs with `it`, a `HostFixture`, and `say`, which writes a line at once */
export function pluginChild(body: string, flags: readonly string[] = []): PluginChild {
  const script = `
    import { writeSync } from "node:fs";
    import { makeHost, plugin } from ${JSON.stringify(new URL("pluginHost.ts", import.meta.url).href)};
    process.stdin.resume();
    const say = (line) => writeSync(1, line + "\\n");
    ${body}`;
  // In a file: the inspector finds no sources in a process that was started with --eval.
  const folder = mkdtempSync(join(tmpdir(), "loom-test-"));
  const file = join(folder, "child.mjs");
  writeFileSync(file, script);
  const child = spawn(process.execPath, [...flags, file], { stdio: ["pipe", "pipe", "pipe"] });
  const lines: string[] = [];
  let heard = Promise.withResolvers<void>();
  let ended = false;
  const wake = (): void => {
    heard.resolve();
    heard = Promise.withResolvers<void>();
  };
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on("line", (line) => {
      lines.push(line);
      wake();
    });
  }
  child.once("close", () => {
    ended = true;
    wake();
  });
  return {
    async line(fits) {
      for (const seen: string[] = []; ; await heard.promise) {
        for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
          if (fits(line)) return line;
          seen.push(line);
        }
        if (ended) throw new Error(`The process ended without that line:\n${seen.join("\n")}`);
      }
    },
    async [Symbol.asyncDispose]() {
      if (!ended) {
        child.kill("SIGKILL");
        await once(child, "close");
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
