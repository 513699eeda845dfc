import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Whether this is the repository itself and not the package that is built from it. */
export const isSource = import.meta.url.endsWith(".ts");

const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));

/**
 * A file or folder that comes with Loom. Asked of the package and not of `import.meta.url`, because the build puts
 * code into files that lie elsewhere.
 * @param path as in the repository, such as `plugins`; one that ends in `.ts` is a `.js` in the built package
 */
export function ownFile(path: string): URL {
  const root = pathToFileURL(createRequire(import.meta.url).resolve("loom-gateway/package.json"));
  return isSource ? new URL(path, root) : new URL(`dist/${path.replace(/\.ts$/, extension)}`, root);
}

/**
 * Where the JavaScript of our own TypeScript is kept, for NODE_COMPILE_CACHE. Node takes types away with a program in
 * WebAssembly; V8 (Node 24: nodejs/node#64500) sometimes ends the process where several threads run it, and each thread
 * pays 100 ms for it. What is in the cache needs it no more.
 */
export function sourceCache(): string {
  return fileURLToPath(ownFile("node_modules/.cache/loom"));
}
