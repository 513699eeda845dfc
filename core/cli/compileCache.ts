import { enableCompileCache } from "node:module";
import { isSource, sourceCache } from "../ownFiles.ts";

/**
 * Keeps packages that ask Node to keep compiled code, as TypeScript does, from finding it in the folder for temporary files, here and
 * in what this process starts: Node believes whatever lies there, also what another user has put there.
 */
export function refuseSharedCompileCache(): void {
  if (isSource) process.env.NODE_COMPILE_CACHE ??= sourceCache();
  else process.env.NODE_DISABLE_COMPILE_CACHE = "1";
}

/** Keeps the compiled code of this process alone in a folder where nobody else may write. */
export function keepCompiled(folder: string): void {
  delete process.env.NODE_DISABLE_COMPILE_CACHE;
  enableCompileCache(folder);
  process.env.NODE_DISABLE_COMPILE_CACHE = "1";
}
