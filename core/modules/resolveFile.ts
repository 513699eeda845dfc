import { realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

/** What an import may leave out, in the order in which it is looked for: https://esbuild.github.io/api/#resolve-extensions */
const ENDINGS = [".tsx", ".ts", ".jsx", ".js", ".json"];
/** TypeScript names what it will be compiled to: https://www.typescriptlang.org/docs/handbook/modules/reference.html#file-extension-substitution */
const SOURCES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.jsx?$/, [".ts", ".tsx"]],
  [/\.mjs$/, [".mts"]],
  [/\.cjs$/, [".cts"]],
];

/**
 * The file that a relative or absolute path stands for in an import. The bundler is not asked: on its way it opens files of all folders
 * above, where others may have put theirs.
 * @returns its real path; null where there is none
 */
export async function resolveFile(specifier: string, fromFolder: string): Promise<string | null> {
  for (const path of candidates(resolve(fromFolder, specifier))) if (await isFile(path)) return realpath(path);
  return null;
}

function candidates(path: string): string[] {
  const sources = SOURCES.flatMap(([ending, others]) => (ending.test(path) ? others.map((other) => path.replace(ending, other)) : []));
  return [path, ...ENDINGS.map((ending) => path + ending), ...sources, ...ENDINGS.map((ending) => join(path, `index${ending}`))];
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then((found) => found.isFile(), () => false);
}
