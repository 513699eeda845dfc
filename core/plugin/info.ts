import type { PluginInfo } from "../http/schemas.ts";
import type { ManagedPlugin } from "./managed.ts";

/** A plugin as the API shows it. */
export function pluginInfo(plugin: ManagedPlugin): PluginInfo {
  const { found, live, error } = plugin;
  const manifest = live?.manifest ?? found.manifest;
  const list = live?.holding;
  const keys = (entries: readonly { readonly key: string }[] = []): string[] => entries.map((entry) => entry.key);
  return {
    id: plugin.id,
    name: manifest?.name ?? plugin.id,
    version: manifest?.version ?? null,
    description: manifest?.description ?? null,
    state: plugin.state,
    root: found.root,
    overrides: found.overrides,
    generation: plugin.generation,
    error: error && {
      code: error.code,
      message: error.message,
      problems: error.problems.map(({ path, message, mend = null }) => ({ path, message, mend })),
    },
    notice: live?.notice ? { ...live.notice, lines: [...live.notice.lines] } : null,
    warnings: plugin.warnings,
    provides: {
      sources: list?.list("sources").length ?? 0,
      strands: list?.list("strands").length ?? 0,
      executors: keys(list?.list("executors")),
      operations: keys(list?.list("operations")),
      routes: keys(list?.list("routes")),
      services: keys(list?.list("services")),
    },
    permissions: [...(manifest?.permissions ?? [])],
    widgets: (list?.list("widgets") ?? []).map(({ item }) => ({ id: item.id, title: item.title })),
  };
}
