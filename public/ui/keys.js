/**
 * Keys as data: the page acts by this list and shows it under `?`. Pure but for the listener.
 */

/** The name under which a key press is looked up: `a`, `?`, `Escape`, `Ctrl+k`. */
function keyName(event) {
  const held = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  return held + (event.key.length === 1 && !held ? event.key : event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

/** Whether a press belongs to a field that somebody writes in, rather than to the page. */
function isTyping(event) {
  const at = event.target;
  return Boolean(at?.closest?.("input, textarea, select, [contenteditable]")) && event.key !== "Escape";
}

/** The binding of a press, or undefined. */
export function findBinding(bindings, event) {
  if (event.altKey || event.isComposing) return undefined;
  const name = keyName(event);
  return bindings.find((binding) => binding.keys.includes(name) && (!isTyping(event) || name.startsWith("Ctrl+")) && binding.when?.() !== false);
}

/** Acts on key presses but while `busy` holds; the answer ends it. */
export function listenForKeys(bindings, busy = () => false) {
  const act = (event) => {
    // A dialog that is open has the keys to itself.
    if (event.defaultPrevented || busy(event) || document.querySelector("dialog[open]")) return;
    const binding = findBinding(bindings, event);
    if (!binding) return;
    event.preventDefault();
    binding.run(event);
  };
  addEventListener("keydown", act);
  return () => removeEventListener("keydown", act);
}
