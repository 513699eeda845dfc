import { signal } from "../vendor/signals.js";

/** The strand that the keyboard is at: the one that Tab comes to and that Enter opens. */
export const cursor = signal(null);
/** The strand under the pointer, or the one with the focus. */
export const hovered = signal(null);
/** What takes the focus of each drawn strand, by id. */
export const elements = new Map();
