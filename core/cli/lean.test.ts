import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { ownFile, sourceCache } from "../ownFiles.ts";

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
