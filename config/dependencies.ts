/** What the lockfile has of a package. */
export interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

/** Licences that ask for no more than to be named. */
export const PERMISSIVE: ReadonlySet<string> = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD"]);

/**
 * docs/dependencies.md, from the lockfile.
 * @param packages `packages` of package-lock.json, by path
 */
export function dependenciesPage(packages: Readonly<Record<string, Locked>>): string {
  const rows = (isDev: boolean): string[] =>
    [...namesByLicence(packages, isDev)].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([licence, names]) => `| ${licence} | ${[...names].toSorted().join(", ")} |`);
  const table = (isDev: boolean): string => ["| Licence | Packages |", "| --- | --- |", ...rows(isDev)].join("\n");
  return `# Dependencies

Written from the lockfile by \`npm exec -- node config/generate.ts\`; a test compares it. Builds of one package for other platforms are left
out of the names.

## What is installed with Loom

${table(false)}

## What only its development takes

${table(true)}

## Rules

- Exact versions, each pinned by the hash of its content (\`test/package/lockfile.test.ts\`). The package itself names exact versions of what it
  depends on; what those depend on is chosen by npm where it is installed.
- No install script of any package is run here (\`allowScripts\` in package.json). esbuild has one, which only checks the program that npm has put
  there already; SQLite comes ready-made. Where Loom is installed npm runs that script, unless it is told not to: \`npm install
  --ignore-scripts\` is enough.
- What ships is under a licence that asks for no more than to be named (${[...PERMISSIVE].join(", ")}). What only development takes
  under MPL-2.0 is used as it is, and not passed on.
- Some of the second table is built into the page; the package names it and its licence (\`config/notices.ts\`).
- \`npm audit\` before each release; what it finds is mended, or reasoned about here. It knows nothing of Node itself.
- Development runs on Node 24.21.0, the newest 24 that is there as a package. It has CVE-2026-111497 (Brotli) and others that 24.22.1
  mended: what Loom fetches stays clear of Brotli (\`core/egress/brotli.ts\`), and \`loom doctor --security\` says which Node to run it with.
`;
}

function namesByLicence(packages: Readonly<Record<string, Locked>>, isDev: boolean): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const [path, { dev = false, license = "unknown", link }] of Object.entries(packages)) {
    const name = path.split("node_modules/").at(-1)!;
    if (path === "" || path === name || link || dev !== isDev || isForAPlatform(name)) continue;
    const known = names.get(license) ?? new Set();
    names.set(license, known.add(name));
  }
  return names;
}

function isForAPlatform(name: string): boolean {
  return /(^|[/-])(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|wasm32|wasi)([-\w]*)$/.test(name);
}
