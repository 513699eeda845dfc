import type { PluginInfo } from "../../plugin/info.ts";
import type { PluginView } from "../schemas.ts";

/** A plugin as the API shows it. */
export function pluginView(plugin: PluginInfo): PluginView {
  const { error, notice, warnings, provides, permissions, widgets } = plugin;
  return {
    ...plugin,
    error: error && { ...error, problems: [...error.problems] },
    notice: notice && { ...notice, lines: [...notice.lines] },
    warnings: [...warnings],
    provides: {
      ...provides,
      executors: [...provides.executors],
      operations: [...provides.operations],
      routes: [...provides.routes],
      services: [...provides.services],
    },
    permissions: [...permissions],
    widgets: [...widgets],
  };
}
