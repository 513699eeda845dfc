import type { Definition } from "../reading.ts";
import type { SourceFile } from "../sources.ts";
import { holdingOf, lostWorkflows, twinClash, twinsIn, type Clash, type Defined } from "../together.ts";

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
  const present = withoutReplaced(files).toSorted(byAge);
  const fresh = new Set(present.filter(isNew).map(({ file }) => file));
  for (;;) {
    const editions = new Map(present.flatMap((one) => pair(one.file.path, refused.has(one.file.path) ? one.held : (one.latest ?? one.held))));
    const all = present.flatMap(({ file }) => definedIn(file, editions.get(file.path)));
    const more = [...twinsIn(all), ...lostWorkflows(all, ({ file }) => fresh.has(file))].filter(({ file }) => !refused.has(file.path));
    // Each one that is refused may change what the others find.
    if (more.length === 0) return { editions, live: holdingOf(all), clashes };
    for (const { file } of more) refused.add(file.path);
    clashes.push(...more);
    for (const clash of whatFallsWith(more, present, all, refused)) clashes.push(clash);
  }
}

/**
 * Files that go with the others no more once these are refused, and those that go with them no more then: thousands may each run the next,
 * and to look at all of them for each one takes long. It refuses them too.
 */
function whatFallsWith(more: readonly Clash[], present: readonly Shelved[], all: readonly Live[], refused: Set<string>): readonly Clash[] {
  const shelves = new Map(present.map((one, place) => [one.file.path, { ...one, place }]));
  const byKey = Map.groupBy(all, keyOf);
  // A shipped one may be another's by then, which the next look at all of them tells.
  const runners = Map.groupBy(holdingOf(all).filter(({ file }) => file.root !== "shipped").flatMap((one) => one.definition.runs.map((run) => ({ one, run }))), ({ run }) => run.id);
  const counts = new Map<string, number>();
  const count = ({ definition }: Live, by: 1 | -1): void => void counts.set(idOf(definition), (counts.get(idOf(definition)) ?? 0) + by);
  for (const one of all) count(one, 1);
  const fallen: Clash[] = [];
  for (let paths = new Set(more.map(({ file }) => file.path)); paths.size > 0; ) {
    const changes = [...paths].map((path) => changeOf(shelves.get(path)!));
    for (const { before, after } of changes) {
      for (const one of before) count(one, -1);
      for (const one of after) count(one, 1);
    }
    paths = new Set();
    const refuse = (one: Live, clash: () => Clash): void => {
      const { path } = one.file;
      if (refused.has(path)) return;
      refused.add(path);
      paths.add(path);
      fallen.push(clash());
    };
    for (const { place, before, after } of changes) {
      const lost = before.filter((one) => one.definition.kind === "workflow" && counts.get(idOf(one.definition)) === 0);
      for (const gone of lost) for (const { one, run } of runners.get(gone.definition.id) ?? []) refuse(one, () => fallenClash(one, run, gone));
      // What it had before may have the id of another that is new.
      for (const first of after) for (const one of byKey.get(keyOf(first)) ?? []) if (shelves.get(one.file.path)!.place > place) refuse(one, () => twinClash(one, first));
    }
  }
  return fallen;
}

/** What counts of a file before and after it is refused. */
function changeOf({ file, latest, held, place }: Shelved & { readonly place: number }): { readonly place: number; readonly before: readonly Live[]; readonly after: readonly Live[] } {
  return { place, before: definedIn(file, latest ?? held ?? undefined), after: definedIn(file, held ?? undefined) };
}

function fallenClash(one: Live, { path, id }: Definition["runs"][number], gone: Live): Clash {
  return { ...one, problem: { path, message: `There is no workflow "${id}".`, mend: `Mend ${gone.file.path}, which has it.` } };
}

function definedIn(file: SourceFile, edition: Edition | undefined): Live[] {
  return edition?.definitions.map((definition) => ({ file, definition, bundleHash: edition.bundleHash })) ?? [];
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

function keyOf({ file, definition }: Defined): string {
  return `${file.root} ${idOf(definition)}`;
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
