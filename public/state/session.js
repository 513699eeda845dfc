import { signal } from "../vendor/preact.js";
import { dropKey } from "./key.js";

/** `unknown` until asked, then `in` or `out`. */
export const session = signal("unknown");
/** Why signing in failed, in the gateway's words. */
export const signInProblem = signal(null);

/** Marks the page as signed out. */
export function signedOut() {
  dropKey();
  session.value = "out";
}

/** The code of a sign-in link in the address, taken out of it at once so that it is not copied or kept in history. */
export function takeSignInCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get("sign-in");
  if (code !== null) history.replaceState(null, "", location.pathname + location.search);
  return code;
}
