import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ownFile, sourceCache } from "../ownFiles.ts";
import { cacheIn } from "./lean.ts";

it("a thread of a gateway that runs from the repository finds its files without types", () => {
  const script = `
    import { Worker } from "node:worker_threads";
    const { lean } = await import(${JSON.stringify(ownFile("core/cli/lean.ts").href)});
    await lean("/");
    new Worker('import { getCompileCacheDir } from "node:module"; console.log(getCompileCacheDir());', { eval: true });`;
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const folder = execFileSync(process.execPath, ["--input-type=module", "-e", script], { env, encoding: "utf8" });
  expect(folder.startsWith(sourceCache())).toBe(true);
});

it("keeps compiled code in the home, and where a link in its place leads to a folder of ours alone", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "loom-lean-")));
  const [home, other] = [join(folder, "home"), join(folder, "other")];
  expect(await cacheIn(home)).toBe(join(home, "cache"));
  rmSync(join(home, "cache"), { recursive: true });
  mkdirSync(other);
  symlinkSync(other, join(home, "cache"));
  expect(await cacheIn(home)).toBe(other);
  chmodSync(other, 0o777);
  expect(await cacheIn(home)).toBeNull();
  rmSync(folder, { recursive: true });
});
