import { h } from "./vendor/preact.js";
import htm from "./vendor/htm.js";

/**
 * Markup as a tagged template. Values become text or DOM properties, never markup; tag names and property names are
 * always written out, so nothing that a job says can choose them.
 */
export const html = htm.bind(h);
