import { signal } from "../vendor/signals.js";

/** Whether the command palette is open. */
export const paletteOpen = signal(false);
