import { realpath } from "node:fs/promises";
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
  if (isSource) enableCompileCache((process.env.NODE_COMPILE_CACHE ??= sourceCache()));
  else if (await isOursAlone(home)) keepCompiled(join(home, "cache"));
}

async function isOursAlone(home: string): Promise<boolean> {
  try {
    return (await whoElseMayWrite(await realpath(home))) === null;
  } catch {
    // The first start is going to make it.
    return false;
  }
}
