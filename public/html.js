import { h, htm } from "./vendor/preact.js";

/**
 * Markup as a tagged template. Values become text or DOM properties, never markup; tag names and property names are
 * always written out, so nothing that a job says can choose them.
 */
export const html = htm.bind(h);
