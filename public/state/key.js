const place = "loom.key";

/**
 * The page's half of the session: a key kept per origin and sent as a header. The other half is a cookie that no
 * script can read; neither opens anything alone.
 * @returns the key of an earlier visit, or null
 */
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

/** The key is of no use any more. */
export function dropKey() {
  try {
    localStorage.removeItem(place);
  } catch {
    // Nothing was kept.
  }
}
