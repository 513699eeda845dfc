import { html } from "../html.js";
import { useComputed } from "../vendor/preact.js";
import { now } from "../state/clock.js";
import { absolute, relative, until } from "./format.js";

/** A moment: relative, with the absolute time on hover; one that was `planned` falls due. Only its text changes as time passes. */
export function Time({ at, zone = null, planned = false }) {
  if (at === null || at === undefined) return null;
  const words = useComputed(() => (planned ? until : relative)(at, now.value));
  return html`<time datetime=${new Date(at).toISOString()} title=${absolute(at, zone)}>${words}</time>`;
}
