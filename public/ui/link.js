import { html } from "../html.js";

/** The address, if it is one that may be followed: http or https, nothing else. Pure. */
export function safeAddress(text) {
  try {
    const url = new URL(String(text));
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** Text in which addresses can be followed. Everything that is no plain web address stays text. */
export function Linked({ text }) {
  return String(text)
    .split(/(https?:\/\/[^\s<>"'`]+)/)
    .map((part) => {
      const address = /^https?:/.test(part) ? safeAddress(part) : null;
      return address ? html`<a href=${address} target="_blank" rel="noopener noreferrer">${part}</a>` : part;
    });
}
