import { builders, MOST_LINES, packageEntries, pure, purePackages, rooms, topFiles, type Reserved } from "./rules.ts";
import type { Import, Source } from "./sources.ts";

export interface Violation {
  readonly file: string;
  readonly what: string;
}

export interface Check {
  /** The name of its canary. */
  readonly name: string;
  /** Whether it looks at this file at all. */
  applies(source: Source): boolean;
  violations(sources: readonly Source[]): Violation[];
}

const isTest = (path: string): boolean => path.endsWith(".test.ts");
const isCode = (path: string): boolean => /\.(ts|js)$/.test(path);
const isProduct = (path: string): boolean => isCode(path) && !path.startsWith("test/");
const isCore = (path: string): boolean => path.startsWith("core/");

/** `core/<room>/…` → the room; undefined for files at the top of core. */
function roomOf(path: string): string | undefined {
  const parts = path.split("/");
  return parts.length > 2 ? parts[1] : undefined;
}

/** A check that judges each import by itself. */
function importCheck(name: string, applies: (path: string) => boolean, judge: (path: string, imported: Import) => string | undefined): Check {
  return {
    name,
    applies: ({ path }) => applies(path),
    violations: (sources) =>
      sources
        .filter(({ path }) => applies(path))
        .flatMap(({ path, imports }) =>
          imports.flatMap((imported) => {
            const what = judge(path, imported);
            return what === undefined ? [] : [{ file: path, what: `${what}: ${imported.target}` }];
          }),
        ),
  };
}

/** Inside core: public files of known rooms only. Tests may look into their own room, and use the kit. */
export const coreImports = importCheck(
  "core-imports",
  (path) => isCore(path) && isCode(path) && !isTest(path),
  (path, { target, isFile }) => {
    if (!isFile) return target.startsWith("loom-gateway") ? "core imports its own package" : undefined;
    if (!isCore(target)) return "core imports what is built on it";
    const [own, other] = [roomOf(path), roomOf(target)];
    if (own === other && own !== undefined) return undefined;
    if (other === undefined) return mayImportTop(path, target) ? undefined : "not for this room";
    const room = rooms[other];
    if (!room) return "a room without a row in rules.ts";
    const file = target.split("/").slice(2).join("/");
    const known = rooms[own ?? ""]?.knows ?? [];
    if (known.includes(`${other}/${file}`)) return undefined;
    if (!room.shows.includes(file)) return "past the public files of a room";
    if (builders.includes(path) || known.includes(other)) return undefined;
    return `${own ?? path} does not know ${other}`;
  },
);

function mayImportTop(path: string, target: string): boolean {
  const allowed = topFiles[target.slice("core/".length)];
  return allowed === "everyone" || (allowed?.includes(roomOf(path) ?? path.slice("core/".length)) ?? false);
}

/** Plugins, workflows, operations: their own folder, packages, and the two entries of Loom. */
export const outsideImports = importCheck(
  "outside-imports",
  (path) => /^(plugins|workflows|operations)\//.test(path) && isCode(path),
  (path, { target, isFile }) => {
    if (isFile) {
      const home = path.split("/").slice(0, path.startsWith("plugins/") ? 2 : 1).join("/");
      // A test may take the suite's helpers: they start real components.
      return target.startsWith(`${home}/`) || (isTest(path) && target.startsWith("test/support/")) ? undefined : "outside of its own folder";
    }
    if (!target.startsWith("loom-gateway") || target === packageEntries.always) return undefined;
    return target === packageEntries.inTests && isTest(path) ? undefined : "not an entry of the package";
  },
);

/** The page: its own files, nothing else. */
export const pageImports = importCheck(
  "page-imports",
  (path) => path.startsWith("public/") && isCode(path) && !isTest(path),
  (_path, { target, isFile }) => (isFile && target.startsWith("public/") ? undefined : "the page imports what is not its own"),
);

/** Computation alone: values only from pure files, and no word of the world outside. */
export const purity: Check = {
  name: "purity",
  applies: ({ path }) => isPure(path),
  violations: (sources) =>
    sources
      .filter(({ path }) => isPure(path))
      .flatMap(({ path, imports, code }) => [
        ...imports.filter(({ target, typeOnly }) => !typeOnly && !isPure(target) && !purePackages.includes(target)).map(({ target }) => ({ file: path, what: `takes a value from ${target}` })),
        ...[...code.matchAll(/\b(?:process|globalThis|fetch|console|Date\.now|Math\.random|random[A-Z]\w*|performance)\b/g)].map(([word]) => ({ file: path, what: `says ${word}` })),
      ]),
};

function isPure(path: string): boolean {
  return pure.some((pattern) => pattern.test(path));
}

/** No file imports itself by a detour; types count, since a reader follows them too. */
export const cycles: Check = {
  name: "cycles",
  applies: ({ path }) => isProduct(path),
  violations: (sources) => {
    const files = new Map(sources.filter(({ path }) => isProduct(path)).map((source) => [source.path, source]));
    const state = new Map<string, "open" | "done">();
    const found: Violation[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === "open") {
        const ring = trail.slice(trail.indexOf(path));
        found.push(...ring.map((file) => ({ file, what: `in a ring: ${ring.join(" → ")}` })));
      }
      if (state.has(path)) return;
      state.set(path, "open");
      for (const { target } of files.get(path)?.imports ?? []) if (files.has(target)) visit(target, [...trail, path]);
      state.set(path, "done");
    };
    for (const path of files.keys()) visit(path, []);
    return found;
  },
};

export const fileLength: Check = {
  name: "file-length",
  applies: ({ path }) => isCode(path),
  violations: (sources) =>
    sources
      .filter(({ path }) => isCode(path))
      .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
      .filter(({ lines }) => lines > MOST_LINES)
      .map(({ path, lines }) => ({ file: path, what: `${lines} lines` })),
};

/** Words that only some places may say. */
export function reservedWords(rule: Reserved): Check {
  const applies = ({ path }: Source): boolean => rule.within.test(path) && !rule.except.test(path);
  return {
    name: rule.name,
    applies,
    violations: (sources) =>
      sources.filter(applies).flatMap((source) => {
        const text = rule.where === "code" ? withImports(source) : source.spoken;
        return [...text.matchAll(new RegExp(rule.words, "g"))].map((match) => ({
          file: source.path,
          what: `line ${text.slice(0, match.index).split("\n").length} says "${match[0].trim().split("\n")[0]}": ${rule.why}`,
        }));
      }),
  };
}

/** Code without strings, and the names of imported packages after it. */
function withImports({ code, imports }: Source): string {
  return [code, ...imports.map(({ target }) => `"${target}"`)].join("\n");
}

/** Every error that is thrown is in the catalogue. The compiler sees to it, but not for what it is made to overlook. */
export function thrownCodes(catalogue: readonly string[]): Check {
  const applies = ({ path }: Source): boolean => isCode(path) && !path.startsWith("public/");
  return {
    name: "thrown-codes",
    applies,
    violations: (sources) =>
      sources.filter(applies).flatMap(({ path, spoken }) =>
        [...spoken.matchAll(/\bnew LoomError\(\s*["']([^"']+)["']/g)]
          .filter(([, code]) => !catalogue.includes(code!))
          .map(([, code]) => ({ file: path, what: `throws ${code}, which the catalogue does not know` })),
      ),
  };
}
