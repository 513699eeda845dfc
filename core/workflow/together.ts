import type { Problem } from "../errors/loomError.ts";
import { nearest } from "../nearest.ts";
import { ringsIn, ringWords } from "./graph.ts";
import type { Definition } from "./reading.ts";
import type { SourceFile } from "./sources.ts";

/** A definition and the file that it comes from. */
export interface Defined {
  readonly file: SourceFile;
  readonly definition: Definition;
}

export interface Clash extends Defined {
  readonly problem: Problem;
}

/** More of one mistake are not told of a file at once. */
const MOST_TOLD = 20;
/** For so many names it is guessed what was meant. To compare each with all others takes long where a name is gone that hundreds have. */
const MOST_GUESSED = 100;
/** Of so many rings one file each is refused. */
const MOST_RINGS = 20;
/** So many are named where none was probably meant. */
const MOST_NAMED = 10;

/** The definitions that hold for their ids: the user's wins over a shipped one, and of two in one root the first. */
export function holdingOf<One extends Defined>(all: readonly One[]): One[] {
  const holders = new Map<string, One>();
  for (const one of all) {
    const before = holders.get(idOf(one));
    if (!before || (before.file.root === "shipped" && one.file.root !== "shipped")) holders.set(idOf(one), one);
  }
  return all.filter((one) => holders.get(idOf(one)) === one);
}

/** Ids that two files of one root have. */
export function twinsIn(all: readonly Defined[]): Clash[] {
  const firsts = new Map<string, Defined>();
  return all.flatMap((one) => {
    const { id } = one.definition;
    const key = `${one.file.root} ${idOf(one)}`;
    const first = firsts.get(key);
    if (!first) firsts.set(key, one);
    return first && id !== "" ? [twinClash(one, first)] : [];
  });
}

export function twinClash(one: Defined, first: Defined): Clash {
  return { ...one, problem: { path: "id", message: `${first.file.path} has the id "${first.definition.id}" too.`, mend: "Rename one of them; until then the one that was live first holds." } };
}

/**
 * Workflows as steps that are not there, or that would run each other for ever. `all` has to be all there are.
 * @param isNew one that has come, or is another than it was: of a ring the first such one has closed it
 */
export function lostWorkflows<One extends Defined>(all: readonly One[], isNew: (one: One) => boolean): Clash[] {
  const holding = holdingOf(all.filter(({ definition }) => definition.kind === "workflow" && definition.id !== ""));
  const byId = new Map(holding.map((one) => [one.definition.id, one]));
  const guess = guesses([...byId.keys()]);
  const lost = holding.flatMap((one) => {
    const missing = one.definition.runs.filter(({ id }) => !byId.has(id)).slice(0, MOST_TOLD);
    return missing.map(({ path, id }) => ({ ...one, problem: { path, message: `There is no workflow "${id}".`, get mend() { return guess(id, one.definition.id); } } }));
  });
  // One that runs itself is told by its own validation.
  const rings = ringsIn(new Map(holding.map(({ definition }) => [definition.id, definition.runs.map(({ id }) => id)]))).filter((ring) => ring.length > 2);
  const blamed = new Map(rings.flatMap((ring) => toBlame(ring, (id) => isNew(byId.get(id)!), rings.length > MOST_RINGS).map((place) => [ring[place]!, { ring, place }])));
  return [...lost, ...[...blamed].map(([id, { ring, place }]) => ringClash(byId.get(id)!, ring, place))];
}

function idOf({ definition: { kind, id } }: Defined): string {
  return `${kind} ${id}`;
}

/** Kinds of executors that need no plugin. */
export const OWN_EXECUTORS: readonly string[] = ["mirror-look", "mirror-import", "mirror-count", "prune-runs", "prune-commands", "prune-audit", "shrink-database", "backup-copy", "backup-tidy"];

/** What plugins offer to steps. */
export interface Offered {
  readonly operations: readonly string[];
  readonly executors: readonly string[];
}

/**
 * Operations that no file has, and executors, as steps, and that no plugin offers. `isLikely`: another one that there is was probably
 * meant. `all` has to be all there are.
 * @param offered null: nobody knows, so that any may be a plugin's
 */
export function lostOffers(all: readonly Defined[], offered: Offered | null): (Clash & { readonly isLikely: boolean })[] {
  const ofFiles = all.filter(({ definition }) => definition.kind === "operation").map(({ definition }) => definition.id);
  const known = [...new Set([...ofFiles, ...(offered?.operations ?? [])])];
  const isKnown = new Set(known);
  const operations = all.flatMap((one) =>
    one.definition.operates.filter(({ id }) => !isKnown.has(id)).slice(0, MOST_TOLD).map(({ path, id }) => {
      const near = nearest(id, known) ?? known.find((other) => other.startsWith(id));
      const message = `No file of operations/ has "${id}"${offered ? ", and no plugin offers it" : ""}.`;
      const mend = near !== undefined ? `Did you mean "${near}"?` : offered ? "Write it, or add the plugin that offers it." : "It has to be offered by a plugin.";
      return { ...one, isLikely: near !== undefined, problem: { path, message, mend } };
    }),
  );
  const kinds = [...OWN_EXECUTORS, ...(offered?.executors ?? [])];
  const executors = all.flatMap((one) =>
    one.definition.executes.filter(({ id }) => !kinds.includes(id)).map(({ path, id }) => {
      const near = nearest(id, kinds);
      const mend = near !== undefined ? `Did you mean "${near}"?` : offered ? "Add the plugin that offers it." : "It has to be offered by a plugin.";
      return { ...one, isLikely: near !== undefined, problem: { path, message: offered ? `No plugin offers the executor "${id}".` : `Loom itself has no executor "${id}".`, mend } };
    }),
  );
  return [...operations, ...executors];
}

/** The places in a ring of those that are refused for it: the first that is new; all that are where there are very many rings, of which there would be others still. */
function toBlame(ring: readonly string[], isNew: (id: string) => boolean, areMany: boolean): number[] {
  if (!areMany) return [Math.max(0, ring.findIndex(isNew))];
  return ring.slice(1).flatMap((id, place) => (isNew(id) ? [place + 1] : []));
}

function ringClash(one: Defined, ring: readonly string[], place: number): Clash {
  const next = ring[place + 1] ?? ring[1]!;
  const { path } = one.definition.runs.find(({ id }) => id === next)!;
  return { ...one, problem: { path, message: `Workflows would run each other for ever: ${ringWords(ring, place)}.`, mend: "Remove one of these steps." } };
}

/** What to do about a name that is none of these: made only where it is told, since most of them never are. */
function guesses(known: readonly string[]): (id: string, own: string) => string {
  const guessed = new Map<string, string | undefined>();
  return (id, own) => {
    if (!guessed.has(id) && guessed.size < MOST_GUESSED) guessed.set(id, nearest(id, known));
    const near = guessed.get(id);
    if (near !== undefined && near !== own) return `Did you mean "${near}"?`;
    const others = known.filter((other) => other !== own).slice(0, MOST_NAMED);
    if (others.length === 0) return "Write it.";
    return `Write it, or name one of ${others.join(", ")}${known.length > others.length + 1 ? ", …" : ""}.`;
  };
}
