import { signal } from "../vendor/signals.js";

/** Whether the help is shown. */
export const helpOpen = signal(false);
