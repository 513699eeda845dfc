import { LoomError } from "../errors/loomError.ts";
import { printable } from "./text.ts";

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The part of a strand's id that its owner gave it. */
const ownId = (id: string): string => id.slice(id.lastIndexOf(":") + 1);

/**
 * The strand that a person means: by its id, by its name, or by the beginning of either id that belongs to it alone.
 * @throws LoomError NOT_FOUND, AMBIGUOUS (which lists those that could be meant)
 */
export function findStrand<T extends Named>(wanted: string, strands: readonly T[]): T {
  const lower = wanted.toLowerCase();
  const ways: readonly ((strand: T) => boolean)[] = [
    ({ id }) => id === wanted || ownId(id) === wanted,
    ({ name }) => name === wanted,
    ({ name }) => name.toLowerCase() === lower,
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

/** For each strand the shortest beginning of its own id, of at least six characters, that no other strand has. */
export function shortIds(strands: readonly Named[]): ReadonlyMap<string, string> {
  const sorted = strands.map(({ id }) => ({ id, own: ownId(id) })).sort((a, b) => (a.own < b.own ? -1 : a.own > b.own ? 1 : 0));
  const shared = (a: string, b: string | undefined): number => {
    let n = 0;
    while (b !== undefined && n < a.length && a[n] === b[n]) n++;
    return n;
  };
  return new Map(
    sorted.map(({ id, own }, i) => {
      const length = Math.max(6, shared(own, sorted[i - 1]?.own) + 1, shared(own, sorted[i + 1]?.own) + 1);
      // Two sources may use one job id: only the full id tells them apart.
      const alone = own !== sorted[i - 1]?.own && own !== sorted[i + 1]?.own;
      return [id, alone ? own.slice(0, length) : id];
    }),
  );
}
