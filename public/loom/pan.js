/**
 * Pointer and wheel as moves of the camera: drag to pan, wheel to pan, ctrl-wheel or two fingers to zoom at the point
 * between them. A finger that lets go in motion leaves the loom gliding.
 * @param {HTMLElement} hand lies over all that is drawn. What listens to wheel and touch has the browser gather, in every
 *   frame, the place of each element within it: so nothing is drawn within it
 * @param {{ panBy: (way: number) => void, zoomAt: (factor: number, at: number) => void, hover: (x: number | null) => void, click: (x: number) => void, still: () => boolean }} act
 *   all places in pixels from the frame's left edge
 * @returns what ends it
 */
export function makePannable(hand, { panBy, zoomAt, hover, click, still }) {
  const frame = hand.parentElement;
  const fingers = new Map();
  let dragged = false;
  let speed = 0;
  let glide = 0;

  // Asked for once: to measure in the middle of a move would make the browser lay the page out.
  let left = hand.getBoundingClientRect().left;
  const measure = () => {
    left = hand.getBoundingClientRect().left;
  };
  const at = (event) => event.clientX - left;
  const spread = () => {
    const [one, two] = [...fingers.values()];
    return { middle: (one.x + two.x) / 2, wide: Math.max(20, Math.hypot(one.x - two.x, one.y - two.y)) };
  };

  const down = (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    cancelAnimationFrame(glide);
    if (fingers.size === 0) dragged = false;
    fingers.set(event.pointerId, { x: at(event), y: event.clientY, from: at(event) });
    speed = 0;
  };
  const move = (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return event.pointerType === "mouse" && hover(at(event));
    const before = fingers.size === 2 ? spread() : null;
    const way = at(event) - finger.x;
    if (!dragged && fingers.size === 1 && Math.abs(at(event) - finger.from) <= 4) return;
    if (!dragged) {
      dragged = true;
      hover(null);
      frame.classList.add("dragging");
    }
    if (!hand.hasPointerCapture(event.pointerId)) hand.setPointerCapture(event.pointerId);
    Object.assign(finger, { x: at(event), y: event.clientY });
    if (before) {
      const after = spread();
      panBy(before.middle - after.middle);
      zoomAt(after.wide / before.wide, after.middle);
    } else {
      panBy(-way);
      speed = 0.7 * speed - 0.3 * way;
    }
  };
  const up = (event) => {
    if (!fingers.delete(event.pointerId) || fingers.size > 0) return;
    frame.classList.remove("dragging");
    if (dragged && event.pointerType !== "mouse" && !still()) coast();
  };
  const coast = () => {
    speed *= 0.94;
    if (Math.abs(speed) < 0.4) return;
    panBy(speed);
    glide = requestAnimationFrame(coast);
  };
  // The click that ends a drag opens nothing.
  const clicked = (event) => {
    if (!dragged) click(at(event));
    dragged = false;
  };
  const wheel = (event) => {
    if (event.ctrlKey) {
      event.preventDefault();
      return zoomAt(Math.exp(-event.deltaY / 240), at(event));
    }
    const sideways = Math.abs(event.deltaX) >= Math.abs(event.deltaY) || event.shiftKey;
    // In a very low window the wheel still goes down to the knots.
    if (!sideways && frame.scrollHeight > frame.clientHeight) return;
    event.preventDefault();
    panBy(sideways && event.deltaX !== 0 ? event.deltaX : event.deltaY);
  };
  const leave = () => hover(null);
  // Whoever drags means the loom, not the strand that happens to lie under the pointer: the focus stays where it is.
  const press = (event) => {
    event.preventDefault();
    if (!frame.contains(document.activeElement)) document.activeElement?.blur();
  };

  const listeners = { mousedown: press, pointerdown: down, pointermove: move, pointerup: up, pointercancel: up, pointerleave: leave, click: clicked, wheel };
  for (const [name, listener] of Object.entries(listeners)) hand.addEventListener(name, listener, { passive: false });
  addEventListener("resize", measure);
  return () => {
    cancelAnimationFrame(glide);
    removeEventListener("resize", measure);
    for (const [name, listener] of Object.entries(listeners)) hand.removeEventListener(name, listener);
  };
}
