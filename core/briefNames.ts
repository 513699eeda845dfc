const MOST = 20;
const LONGEST = 64;

/** Names of somebody else's making, as they may be stored and told: the first twenty, none longer than 64 characters, with `…` for what is left out. */
export function briefNames(names: readonly string[]): string[] {
  const brief = names.slice(0, MOST).map((name) => (name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 1)}…`.toWellFormed()));
  return names.length > MOST ? [...brief, "…"] : brief;
}
