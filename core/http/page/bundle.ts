import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { build, type Metafile } from "esbuild";

/** Asked for by `index.html` itself; what they import late becomes files of its own. */
const ENTRIES = ["app.js", "state/firstLists.js", "style/style.css"];
/** Served as they are. */
const AS_THEY_ARE = ["icon.svg"];
/** Where the bundle would be written, which it never is. */
const OUT = "served";

/**
 * Makes of the page's modules and styles the few small files that are served. Nothing is written.
 * @param folder with the sources: `public/` of the repository
 * @returns the files' bytes by their path, such as `/app.js`
 * @throws BuildFailure of esbuild for a module that cannot be read
 */
export async function bundlePage(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: folder,
    entryPoints: ENTRIES,
    outdir: OUT,
    outbase: ".",
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2024",
    legalComments: "inline",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const out = join(folder, OUT);
  const files = new Map<string, Uint8Array>(outputFiles.map(({ path, contents }) => [`/${relative(out, path).replaceAll(sep, "/")}`, contents]));
  for (const name of AS_THEY_ARE) files.set(`/${name}`, await readFile(join(folder, name)));
  const index = await readFile(join(folder, "index.html"), "utf8");
  return files.set("/index.html", Buffer.from(withPreloads(index, chunksOf(metafile))));
}

/** What the entries draw in: a browser would learn of it only after it has read them. */
function chunksOf({ outputs }: Metafile): readonly string[] {
  const found = new Set<string>();
  const follow = (path: string): void => {
    for (const { path: next, kind } of outputs[path]?.imports ?? []) {
      if (kind !== "import-statement" || found.has(next)) continue;
      found.add(next);
      follow(next);
    }
  };
  for (const entry of ENTRIES) follow(`${OUT}/${entry}`);
  return [...found].map((path) => path.slice(OUT.length));
}

const withPreloads = (index: string, paths: readonly string[]): string => index.replace("<script", `${paths.map((path) => `<link rel="modulepreload" href="${path}">\n    `).join("")}<script`);
