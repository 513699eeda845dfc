import type { Definition } from "../reading.ts";
import type { SourceFile } from "../sources.ts";
import { holdingOf, lostWorkflows, twinsIn, type Clash, type Defined } from "../together.ts";

/** Code of a file that could be loaded, and what it holds. */
export interface Edition {
  readonly bundleHash: string;
  readonly definitions: readonly Definition[];
}

/** A file, as far as others have to do with it. */
export interface Shelved {
  readonly file: SourceFile;
  /** What is on the disk; null: it cannot be loaded. */
  readonly latest: Edition | null;
  /** What counted last; null: nothing yet. */
  readonly held: Edition | null;
  /** Since when it seems to be gone, monotonic milliseconds: it gives way to any that is there, or was for longer. Null: it is there. */
  readonly leftAt?: number | null;
}

/** A definition that runs are made of. */
export interface Live extends Defined {
  readonly bundleHash: string;
}

export interface Arrangement {
  /** What counts of each file, by path. */
  readonly editions: ReadonlyMap<string, Edition>;
  readonly live: readonly Live[];
  /** What keeps files out that can be loaded by themselves. */
  readonly clashes: readonly Clash[];
}

/**
 * What is live of all files together. Of a file that cannot be loaded, or does not go with the others, that counts which
 * counted last; of two files with one id, that holds it which held it before.
 */
export function arrange(files: readonly Shelved[]): Arrangement {
  const clashes: Clash[] = [];
  const refused = new Set<string>();
  const present = withoutReplaced(files);
  for (;;) {
    const editions = new Map(present.toSorted(byAge).flatMap(({ file, latest, held }) => pair(file.path, refused.has(file.path) ? held : (latest ?? held))));
    const byPath = new Map(files.map(({ file }) => [file.path, file]));
    const all = [...editions].flatMap(([path, { bundleHash, definitions }]) => definitions.map((definition): Live => ({ file: byPath.get(path)!, definition, bundleHash })));
    const more = [...twinsIn(all), ...lostWorkflows(all)].filter(({ file }) => !refused.has(file.path));
    // Each one that is refused may change what the others find.
    if (more.length === 0) return { editions, live: holdingOf(all), clashes };
    clashes.push(...more);
    for (const { file } of more) refused.add(file.path);
  }
}

/** All but those that left before another file that has what they hold: a file that is renamed is seen at many places for a while. */
function withoutReplaced(files: readonly Shelved[]): readonly Shelved[] {
  const lastSeen = new Map<string, number>();
  for (const file of files) for (const one of (file.latest ?? file.held)?.definitions ?? []) lastSeen.set(idOf(one), Math.max(lastSeen.get(idOf(one)) ?? 0, seenUntil(file)));
  return files.filter((file) => !file.held?.definitions.some((one) => (lastSeen.get(idOf(one)) ?? 0) > seenUntil(file)));
}

function seenUntil({ leftAt }: Shelved): number {
  return leftAt ?? Infinity;
}

function idOf({ kind, id }: Definition): string {
  return `${kind} ${id}`;
}

/** Those that stay as they are come first. */
function byAge(one: Shelved, other: Shelved): number {
  return Number(isNew(one)) - Number(isNew(other));
}

function isNew({ latest, held }: Shelved): boolean {
  return held === null || (latest !== null && latest.bundleHash !== held.bundleHash);
}

function pair(path: string, edition: Edition | null): [string, Edition][] {
  return edition ? [[path, edition]] : [];
}
