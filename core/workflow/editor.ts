import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { resolvePackage } from "../modules/packages.ts";
import { ownFile } from "../ownFiles.ts";

/**
 * Compiler options with which TypeScript understands an author's files as Loom's loader does: what `loom-gateway` is, and
 * Node's own modules where their types are installed.
 * @param home LOOM_HOME, whose node_modules come first
 */
export function compilerOptions(home: string): Record<string, unknown> {
  const nodeTypes = packageFolder("@types/node", home);
  const zod = packageFolder("zod", home);
  return {
    target: "es2024",
    // Without Node's types, the browser's know fetch and AbortSignal too.
    lib: ["es2024", "esnext.disposable", ...(nodeTypes ? [] : ["dom"])],
    module: "preserve",
    moduleDetection: "force",
    isolatedModules: true,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: nodeTypes ? ["node"] : [],
    ...(nodeTypes ? { typeRoots: [...new Set([join(home, "node_modules/@types"), dirname(nodeTypes)])] } : {}),
    paths: {
      "loom-gateway": [typesOf("core/index.ts")],
      "loom-gateway/testing": [typesOf("core/testing/index.ts")],
      // For the schemas of inputs: Loom brings it.
      ...(zod ? { zod: [zod] } : {}),
    },
  };
}

/** The folder of an installed package, looked up from these folders, then from Loom's own; null when it is nowhere, or where others may write. */
export function packageFolder(name: string, ...folders: readonly string[]): string | null {
  const file = resolvePackage(`${name}/package.json`, ...folders);
  return file && dirname(file);
}

/** Sources as they are, or the declarations of the built package. */
function typesOf(entry: string): string {
  const path = fileURLToPath(ownFile(entry));
  const declarations = path.replace(/\.js$/, ".d.ts");
  return existsSync(declarations) ? declarations : path;
}
