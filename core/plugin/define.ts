import type { NodeResolver, Notifier, Placement, Plugin, Token } from "./contract.ts";

/** Gives a plugin its types. Export the answer as the module's default. */
export function definePlugin<Config = unknown>(plugin: Plugin<Config>): Plugin<Config> {
  return Object.freeze(plugin);
}

/** A token is known by its name, so that two plugins can share it without importing each other. */
export function defineToken<T>(name: string): Token<T> {
  return Object.freeze({ name });
}

/** Resolves node names to addresses. */
export const nodeResolver = defineToken<NodeResolver>("nodeResolver");
/** Chooses the node that a step runs on. */
export const placement = defineToken<Placement>("placement");
/** Tells a person something. */
export const notifier = defineToken<Notifier>("notifier");
