/**
 * Panning by drag and wheel, and zooming by ctrl-wheel (or pinch), on a frame that scrolls by itself.
 * @param {HTMLElement} frame
 * @param {(factor: number, x: number) => void} zoom `x` is the point of the frame that stays where it is
 * @returns what ends it
 */
export function makePannable(frame, zoom) {
  let from = null;
  let dragged = false;

  const down = (event) => {
    // Fingers scroll by themselves.
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    dragged = false;
    from = { x: event.clientX, scroll: frame.scrollLeft };
  };
  const move = (event) => {
    if (from === null) return;
    const way = event.clientX - from.x;
    if (!dragged && Math.abs(way) > 4) {
      dragged = true;
      frame.setPointerCapture(event.pointerId);
      frame.classList.add("dragging");
    }
    if (dragged) frame.scrollLeft = from.scroll - way;
  };
  const up = () => {
    from = null;
    frame.classList.remove("dragging");
  };
  // The click that ends a drag opens nothing.
  const click = (event) => {
    if (dragged) event.stopPropagation();
    dragged = false;
  };
  const wheel = (event) => {
    if (event.ctrlKey) {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 240), event.clientX - frame.getBoundingClientRect().left);
    } else if (Math.abs(event.deltaY) > Math.abs(event.deltaX) && frame.scrollWidth > frame.clientWidth && frame.scrollHeight <= frame.clientHeight) {
      event.preventDefault();
      frame.scrollLeft += event.deltaY;
    }
  };

  frame.addEventListener("pointerdown", down);
  frame.addEventListener("pointermove", move);
  frame.addEventListener("pointerup", up);
  frame.addEventListener("pointercancel", up);
  frame.addEventListener("click", click, true);
  frame.addEventListener("wheel", wheel, { passive: false });
  return () => {
    frame.removeEventListener("pointerdown", down);
    frame.removeEventListener("pointermove", move);
    frame.removeEventListener("pointerup", up);
    frame.removeEventListener("pointercancel", up);
    frame.removeEventListener("click", click, true);
    frame.removeEventListener("wheel", wheel);
  };
}
