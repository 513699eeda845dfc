import { focusItem } from "../inbox/inbox.js";
import { focusRow } from "../list/list.js";
import { focusStrand } from "../loom/loom.js";
import { view } from "../state/view.js";

/** Gives the focus to a strand in the view that is shown; answers whether it is there. */
export function focusOn(id) {
  if (!id) return false;
  return { list: focusRow, inbox: focusItem, loom: focusStrand }[view.peek()](id);
}
