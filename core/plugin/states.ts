/** Where a plugin stands in its life. */
export type PluginState =
  | "discovered"
  | "rejected"
  | "setting_up"
  | "active"
  | "setup_error"
  | "quarantined"
  | "disabled"
  | "stopping"
  | "stopped"
  | "failed_unload";

/**
 * Which state follows which. A reload is no state: the old generation is `active` until the new one takes its place.
 * From `failed_unload` a plugin comes back like any other; what it left behind is told as a warning.
 */
export const moves: { readonly [S in PluginState]: readonly PluginState[] } = {
  discovered: ["rejected", "disabled", "setting_up", "stopped"],
  rejected: ["setting_up", "disabled", "stopped"],
  setting_up: ["active", "setup_error", "stopped"],
  setup_error: ["setting_up", "rejected", "disabled", "stopped"],
  active: ["stopping", "quarantined"],
  quarantined: ["setting_up", "rejected", "disabled", "stopped"],
  disabled: ["setting_up", "rejected", "stopped"],
  stopping: ["stopped", "failed_unload", "disabled"],
  stopped: ["setting_up", "rejected", "disabled", "discovered"],
  failed_unload: ["setting_up", "rejected", "disabled", "stopped"],
};
