import { LoomError } from "../errors/loomError.ts";
import type { Manifest } from "./contract.ts";

export interface Order {
  /** Ids, each after those that provide what it needs. */
  readonly ids: readonly string[];
  /** Who provides what a plugin needs. */
  readonly providers: ReadonlyMap<string, readonly string[]>;
  /** Why a plugin cannot be set up: nobody provides what it needs, or it needs itself in the end. */
  readonly errors: ReadonlyMap<string, LoomError>;
}

/** Sorts plugins by the tokens that they provide and need. */
export function orderByNeeds(manifests: readonly Manifest[]): Order {
  const offers = new Map<string, string>();
  for (const { id, provides = [] } of manifests) for (const token of provides) offers.set(token, id);

  const providers = new Map<string, string[]>();
  const errors = new Map<string, LoomError>();
  for (const { id, needs = [] } of manifests) {
    providers.set(id, [...new Set(needs.flatMap((token) => offers.get(token) ?? []))]);
    const missing = needs.filter((token) => !offers.has(token));
    if (missing.length > 0) errors.set(id, new LoomError("PLUGIN_INVALID", `It needs ${missing.join(" and ")}, which no plugin provides.`));
  }

  const ids: string[] = [];
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    const at = path.indexOf(id);
    if (at >= 0) {
      const circle = path.slice(at);
      const words = [...circle, id].join(" → ");
      for (const member of circle) errors.set(member, new LoomError("PLUGIN_INVALID", `Plugins need each other in a circle: ${words}.`));
      return;
    }
    if (done.has(id)) return;
    for (const provider of providers.get(id) ?? []) visit(provider, [...path, id]);
    if (done.has(id)) return;
    done.add(id);
    ids.push(id);
  };
  for (const { id } of manifests) visit(id, []);
  return { ids, providers, errors };
}
