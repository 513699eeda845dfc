import type { Problem } from "../errors/loomError.ts";
import { nearest } from "../nearest.ts";
import { ringsIn } from "./graph.ts";
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

/** The definition that holds for an id: the user's wins over a shipped one, and of two in one root the first. */
export function holds({ definition }: Defined, all: readonly Defined[]): boolean {
  const same = all.filter((other) => other.definition.kind === definition.kind && other.definition.id === definition.id);
  return (same.find((other) => other.file.root !== "shipped") ?? same[0])?.definition === definition;
}

/** Ids that two files of one root have. */
export function twinsIn(all: readonly Defined[]): Clash[] {
  return all.flatMap((one, index) => {
    const { id, kind } = one.definition;
    const first = all.slice(0, index).find((other) => id !== "" && other.definition.id === id && other.definition.kind === kind && other.file.root === one.file.root);
    return first ? [{ ...one, problem: { path: "id", message: `${first.file.path} has the id "${id}" too.`, mend: "Rename one of them; until then the one that was live first holds." } }] : [];
  });
}

/** Workflows as steps that are not there, or that would run each other for ever. `all` has to be all there are. */
export function lostWorkflows(all: readonly Defined[]): Clash[] {
  const holding = all.filter((one) => one.definition.kind === "workflow" && one.definition.id !== "" && holds(one, all));
  const byId = new Map(holding.map((one) => [one.definition.id, one]));
  const lost = holding.flatMap((one) => one.definition.runs.filter(({ id }) => !byId.has(id)).map(({ path, id }) => ({ ...one, problem: { path, message: `There is no workflow "${id}".`, mend: meant(id, [...byId.keys()]) } })));
  const rings = ringsIn(new Map(holding.map(({ definition }) => [definition.id, definition.runs.map(({ id }) => id)])));
  // One that runs itself is told by its own validation.
  return [...lost, ...rings.filter((ring) => ring.length > 2).map((ring) => ringClash(byId.get(ring[0]!)!, ring))];
}

/**
 * Operations as steps that no file has. `isLikely`: one that a file has was probably meant; any other may be a plugin's, which only a gateway knows. `all` has to be all there are.
 */
export function lostOperations(all: readonly Defined[]): (Clash & { readonly isLikely: boolean })[] {
  const known = all.filter(({ definition }) => definition.kind === "operation").map(({ definition }) => definition.id);
  return all.flatMap((one) =>
    one.definition.operates.filter(({ id }) => !known.includes(id)).map(({ path, id }) => {
      const near = nearest(id, known) ?? known.find((other) => other.startsWith(id));
      const isLikely = near !== undefined;
      const problem = { path, message: `No file of operations/ has "${id}".`, mend: near === undefined ? "It has to be offered by a plugin." : `Did you mean "${near}"?` };
      return { ...one, isLikely, problem };
    }),
  );
}

function ringClash(one: Defined, ring: readonly string[]): Clash {
  const { path } = one.definition.runs.find(({ id }) => id === ring[1])!;
  return { ...one, problem: { path, message: `Workflows would run each other for ever: ${ring.join(" → ")}.`, mend: "Remove one of these steps." } };
}

function meant(id: string, known: readonly string[]): string {
  const near = nearest(id, known);
  return near ? `Did you mean "${near}"?` : `Write it, or name one of ${known.join(", ")}.`;
}
