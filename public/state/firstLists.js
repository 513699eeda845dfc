import { fetchLists } from "./api.js";
import { readKey } from "./key.js";

/**
 * The lists that the page begins with, asked for by themselves: they are on their way while the rest of the page's
 * modules still is. Without a key there is nothing to ask with.
 */
let lists = readKey() === null || location.hash.startsWith("#sign-in=") ? null : fetchLists();
// Whoever takes them is told.
lists?.catch(() => {});

/** These lists, once; later ones have to be fetched anew. */
export function takeFirstLists() {
  const taken = lists;
  lists = null;
  return taken ?? fetchLists();
}
