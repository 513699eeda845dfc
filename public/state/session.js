import { signal } from "../vendor/signals.js";

/**
 * The page's half of the session: a key kept per origin and sent as a header. The other half is a cookie that no
 * script can read; neither opens anything alone.
 */

const place = "loom.key";

/** `unknown` until asked, then `in` or `out`. */
export const session = signal("unknown");
/** Why signing in failed, in the gateway's words. */
export const signInProblem = signal(null);

/** The key of an earlier visit, or null. */
export function readKey() {
  try {
    return localStorage.getItem(place);
  } catch {
    return null;
  }
}

/** Keeps the key for later visits. */
export function keepKey(key) {
  try {
    localStorage.setItem(place, key);
  } catch {
    // A browser that keeps nothing is signed in until the tab closes.
  }
}

/** Marks the page as signed out; the key is of no use any more. */
export function signedOut() {
  try {
    localStorage.removeItem(place);
  } catch {
    // Nothing was kept.
  }
  session.value = "out";
}

/** The code of a sign-in link in the address, taken out of it at once so that it is not copied or kept in history. */
export function takeSignInCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get("sign-in");
  if (code !== null) history.replaceState(null, "", location.pathname + location.search);
  return code;
}
