/** At most so many characters of a text, with `…` for what is left out; no half of one stays at the cut. */
export function brief(text: string, longest = 64): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).toWellFormed()}…`;
}

/** Names of somebody else's making, as they may be stored and told: the first ones, none of them long, with `…` for what is left out. */
export function briefNames(names: readonly string[], most = 20, longest?: number): string[] {
  const kept = names.slice(0, most).map((name) => brief(name, longest));
  return names.length > most ? [...kept, "…"] : kept;
}
