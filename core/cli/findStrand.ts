import { LoomError } from "../errors/loomError.ts";
import { printable } from "./text.ts";

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The part of a strand's id that its owner gave it. */
const ownId = (id: string): string => id.slice(id.lastIndexOf(":") + 1);

/**
 * The strand that a person means: by its id, by its owner's part of that or its name, or by the beginning of either id that belongs to it
 * alone. A whole id comes first: a foreign job that bears the id of a workflow takes nothing from it. Its owner's part and a name count alike,
 * since an owner gives both as it likes: where one job's is another's name it is not known which is meant.
 * @throws LoomError NOT_FOUND, AMBIGUOUS (which lists those that could be meant)
 */
export function findStrand<T extends Named>(wanted: string, strands: readonly T[]): T {
  const lower = wanted.toLowerCase();
  const ways: readonly ((strand: T) => boolean)[] = [
    ({ id }) => id === wanted,
    ({ id, name }) => ownId(id) === wanted || name.toLowerCase() === lower,
    ({ id }) => id.startsWith(wanted) || ownId(id).startsWith(wanted),
  ];
  for (const fits of ways) {
    const found = strands.filter(fits);
    if (found.length === 1) return found[0]!;
    if (found.length > 1) throw ambiguous(wanted, found);
  }
  throw new LoomError("NOT_FOUND", `There is no strand called “${printable(wanted)}”.`);
}

function ambiguous(wanted: string, found: readonly Named[]): LoomError {
  const shown = found.slice(0, 10).map(({ id, name }) => `  ${printable(id)}  ${printable(name)}`);
  if (found.length > shown.length) shown.push(`  and ${found.length - shown.length} more`);
  return new LoomError("AMBIGUOUS", [`“${printable(wanted)}” could be any of ${found.length} strands:`, ...shown].join("\n"));
}
