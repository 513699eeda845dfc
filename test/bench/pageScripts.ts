/** What the bench of the page runs inside the browser, as text: none of it is part of the page. */

/** Notes when the first strand has been painted: the frame after the one in which it was there. */
export const watchFirst = `
  window.firstStrand = new Promise((resolve) => {
    const look = () => requestAnimationFrame(document.querySelector(".strand .thread") ? () => resolve(performance.now()) : look);
    look();
  });
`;

/** Waits until so many strands are drawn. */
export const untilDrawn = `(count) => new Promise((resolve) => {
  const look = () => (document.querySelectorAll(".strand").length >= count ? resolve() : requestAnimationFrame(look));
  look();
})`;

/** Moves as a person at a trackpad does, frame by frame: in from afar, along, further in, back, and out again. */
export const move = `
  window.move = (() => {
    const under = document.elementFromPoint(700, 500);
    const wheel = (init) => under.dispatchEvent(new WheelEvent("wheel", { bubbles: true, cancelable: true, clientX: 700, clientY: 500, ...init }));
    const zoom = (delta) => () => wheel({ ctrlKey: true, deltaY: delta });
    const pan = (delta) => () => wheel({ deltaX: delta });
    const acts = [[90, zoom(-5)], [90, pan(24)], [60, zoom(-5)], [120, pan(30)], [90, pan(-45)], [60, zoom(-5)], [90, pan(16)], [60, zoom(-5)], [90, pan(-20)], [260, zoom(5)]];
    const script = acts.flatMap(([times, act]) => Array.from({ length: times }, () => act));
    return script;
  })();
`;

/** Answers how long each frame took, in milliseconds, while the script runs; without one, of as many idle frames. */
export const frames = `(script) => new Promise((resolve) => {
  const steps = script ?? Array.from({ length: 300 }, () => () => {});
  const times = [];
  let before = null;
  let at = 0;
  const frame = (now) => {
    if (before !== null) times.push(now - before);
    before = now;
    if (at === steps.length) return resolve(times);
    steps[at++]();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})`;

/** For so long, answers which strand changed and when the frame that shows it was painted, milliseconds since 1970. */
export const watchEvents = `(ms) => new Promise((resolve) => {
  const seen = [];
  let fresh = new Set();
  const observer = new MutationObserver((records) => {
    for (const { target, type, attributeName } of records) {
      const strand = target.closest?.("[data-strand]");
      if (strand && (attributeName === "class" || type === "childList")) fresh.add(strand.dataset.strand);
    }
    if (fresh.size === 0) return;
    const changed = fresh;
    fresh = new Set();
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const at = performance.timeOrigin + performance.now();
      for (const id of changed) seen.push([id, at]);
    }));
  });
  observer.observe(document.querySelector(".world"), { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
  setTimeout(() => { observer.disconnect(); resolve(seen); }, ms);
})`;
