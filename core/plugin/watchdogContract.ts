/** What the watchdog and its thread share. */

/** Raised by the event loop every `BEAT_MS`. */
export const BEAT = 0;
/** 1 + index of the plugin whose code runs, 0 for none. */
export const RUNNING = 1;
export const SLOTS = 2;

export const BEAT_MS = 150;

export interface WatchdogOrders {
  /** Folder and id of each plugin. */
  readonly folders: readonly (readonly [string, string])[];
  /** Ids by index, as `RUNNING` means them. */
  readonly ids: readonly string[];
}

export interface Blocked {
  readonly plugin: string;
  readonly words: string;
}
