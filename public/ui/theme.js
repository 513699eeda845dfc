import { effect, signal } from "../vendor/preact.js";

const place = "loom.theme";
const themes = ["auto", "light", "dark"];

function kept() {
  try {
    return localStorage.getItem(place);
  } catch {
    return null;
  }
}

/** `auto` follows the system. */
export const theme = signal(themes.includes(kept()) ? kept() : "auto");

/** The next theme in turn. */
export function turnTheme() {
  theme.value = themes[(themes.indexOf(theme.peek()) + 1) % themes.length];
}

/** Puts the theme on the page and keeps it. */
export function followTheme() {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    try {
      localStorage.setItem(place, theme.value);
    } catch {
      // It lasts as long as the tab then.
    }
  });
}
