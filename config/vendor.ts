import { readFile, writeFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/**
 * Makes `public/vendor/`: the packages that the page uses, as single ES modules that a browser loads as they are.
 * Bare imports become relative paths (an import map would need an inline script, which the page's CSP forbids).
 *
 * Run by hand after a change of version: `npm exec -- node config/vendor.ts`. A test fails while the files differ.
 */

interface Module {
  readonly package: string;
  /** The module inside the package. */
  readonly from: string;
  /** Name under `public/vendor/`. */
  readonly to: string;
}

const modules: readonly Module[] = [
  { package: "preact", from: "dist/preact.mjs", to: "preact.js" },
  { package: "preact", from: "hooks/dist/hooks.mjs", to: "hooks.js" },
  { package: "htm", from: "dist/htm.module.js", to: "htm.js" },
  { package: "@preact/signals-core", from: "dist/signals-core.module.js", to: "signals-core.js" },
  { package: "@preact/signals", from: "dist/signals.module.js", to: "signals.js" },
];

/** What each bare import of these modules becomes. */
const relative: Readonly<Record<string, string>> = {
  preact: "./preact.js",
  "preact/hooks": "./hooks.js",
  "@preact/signals-core": "./signals-core.js",
};

const root = new URL("../", import.meta.url);

/**
 * The text of every vendored module, by its file name.
 * @throws Error when a package imports something that is not vendored
 */
export async function vendorFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const module of modules) {
    const folder = new URL(`node_modules/${module.package}/`, root);
    const manifest = JSON.parse(await readFile(new URL("package.json", folder), "utf8")) as { version: string; license?: string };
    const code = await readFile(new URL(module.from, folder), "utf8");
    const licence = manifest.license ?? "MIT";
    files.set(module.to, `/* ${module.package} ${manifest.version}, ${licence}. Made by config/vendor.ts; do not edit. */\n${withRelativeImports(code, module)}\n`);
  }
  return files;
}

function withRelativeImports(code: string, module: Module): string {
  return code
    .replaceAll(/\bfrom\s*"([^"]+)"/g, (_, name: string) => {
      const path = relative[name];
      if (!path) throw new Error(`${module.package}/${module.from} imports ${name}, which is not vendored`);
      return `from"${path}"`;
    })
    .replaceAll(/\n?\/\/# sourceMappingURL=.*/g, "")
    .trim();
}

if (import.meta.main) {
  const folder = new URL("public/vendor/", root);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of await vendorFiles()) await writeFile(new URL(name, folder), text);
  process.stdout.write(`wrote ${fileURLToPath(folder)}\n`);
}
