import { mkdir, realpath } from "node:fs/promises";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { isSource, sourceCache } from "../ownFiles.ts";
import { whoElseMayWrite } from "../writableByOthers.ts";
import { keepCompiled } from "./compileCache.ts";

/**
 * Makes this process start quicker and stay smaller. To be called before the gateway's modules are loaded.
 * Compiled code is kept in LOOM_HOME/cache, unless another user could write there and so put code into our process;
 * that of the repository is kept in the repository, and serves threads and processes too.
 */
export async function lean(home: string): Promise<void> {
  // V8 would let its space for young objects grow to tens of megabytes, which an idle gateway never needs again.
  setFlagsFromString("--semi-space-growth-factor=1");
  // And its space for all others to four times what is in use: gigabytes of garbage, where many ask for long answers.
  setFlagsFromString("--heap-growing-percent=50");
  if (isSource) enableCompileCache((process.env.NODE_COMPILE_CACHE ??= sourceCache()));
  else {
    const cache = await cacheIn(home);
    if (cache !== null) keepCompiled(cache);
  }
}

/** LOOM_HOME/cache, wherever a link leads that stands there; null where that is not ours alone. */
export async function cacheIn(home: string): Promise<string | null> {
  try {
    const cache = join(home, "cache");
    await mkdir(cache, { recursive: true, mode: 0o700 });
    const real = await realpath(cache);
    return (await whoElseMayWrite(real)) === null ? real : null;
  } catch {
    // There can be none there, such as on a disk that takes nothing.
    return null;
  }
}
