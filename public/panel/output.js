import { html } from "../html.js";
import { useLayoutEffect, useRef, useSignal } from "../vendor/preact.js";
import { get, outputPath } from "../state/api.js";
import { later } from "../state/clock.js";
import { onOutput } from "../state/watch.js";
import { Log } from "./log.js";
import { addTo, noTail } from "./tail.js";

/** The end of what a step prints, as it prints it, and the way to all of it. */
export function Output({ runId, step }) {
  const box = useRef(null);
  const follower = useRef(null);
  const behind = useSignal(false);
  const whole = useSignal(false);
  useLayoutEffect(() => {
    follower.current = followOutput(box.current, { path: outputPath(runId, step.id), step, onBehind: (is) => (behind.value = is) });
    return () => follower.current.stop();
  }, [runId, step.id]);
  useLayoutEffect(() => follower.current.reach(step.outputBytes ?? 0), [runId, step.id, step.outputBytes]);
  return html`<pre class="output live-output" tabindex="0" aria-label=${`Output of ${step.label.slice(0, 80)}`} ref=${box}></pre>
    ${(step.outputBytes > 0 || behind.value) && html`<p class="output-more">
      ${behind.value && html`<button type="button" class="link" onClick=${() => follower.current.toEnd()}>Follow the end</button>`}
      <button type="button" class="link" aria-expanded=${whole.value ? "true" : "false"} onClick=${() => (whole.value = !whole.value)}>${whole.value ? "Close the log" : "Whole log, search"}</button>
    </p>`}
    ${whole.value && html`<${Log} runId=${runId} step=${step} />`}`;
}

/** What is asked for at once, bytes; of what is further behind only the end is read. */
const WINDOW = 64 * 1024;
/** What came meanwhile is drawn together, milliseconds. */
const TOGETHER = 60;
/** A hidden page may draw late; characters. */
const MOST_WAITING = 1_000_000;
/** Height of a line, as the style sheet has it, pixels. */
const LINE = 16.7;
/** How much of what is known already is shown, characters. */
const SHOWN = 8_000;
/** So near to the end counts as at the end, pixels. */
const NEAR = 24;

const encoder = new TextEncoder();
const bytesOf = (text) => encoder.encode(text).length;

/**
 * Draws the end of an output into an element and follows it, by hand: nothing else of the page is drawn anew for it. It
 * scrolls along unless somebody has scrolled up.
 * @param {HTMLElement} element stays empty but for what is drawn here
 * @param {{ path: string, step: object, onBehind(isBehind: boolean): void }} of `path` is that of the output, `step` what is known of it
 * @returns {{ reach(bytes: number): void, toEnd(): void, stop(): void }} `reach`: the output is known to be so long
 */
function followOutput(element, { path, step, onBehind }) {
  const tail = noTail();
  const drawn = new Map();
  const open = document.createElement("div");
  element.append(open);
  const said = step.outputTail ?? "";
  let known = step.outputBytes ?? bytesOf(said);
  let wanted = known;
  let reading = null;
  let waiting = said.length > SHOWN || known > bytesOf(said) ? `…${said.slice(-SHOWN)}` : said;
  let cancel = null;
  let gone = false;
  let atEnd = true;
  /** Where it was scrolled to last, by whomever. */
  let top = 0;

  const add = (text) => {
    waiting = (waiting + text).slice(-MOST_WAITING);
    cancel ??= later(TOGETHER, flush);
  };

  function flush() {
    cancel = null;
    addTo(tail, waiting);
    waiting = "";
    const left = new Set(tail.blocks.map(({ id }) => id));
    for (const [id, block] of drawn) {
      if (left.has(id)) continue;
      block.remove();
      drawn.delete(id);
    }
    // Of those that are drawn only the newest can have grown.
    for (const { id, text, lines } of tail.blocks.slice(Math.max(0, drawn.size - 1))) {
      let block = drawn.get(id);
      if (!block) {
        block = document.createElement("div");
        block.className = "output-block";
        drawn.set(id, block);
        open.before(block);
      }
      if (block.textContent.length !== text.length) block.textContent = text;
      // What is out of sight is not laid out, only reckoned with.
      block.style.containIntrinsicBlockSize = `auto ${lines * LINE}px`;
    }
    open.textContent = tail.open;
    element.hidden = drawn.size === 0 && tail.open === "";
    if (atEnd) toEnd();
  }

  function toEnd() {
    element.scrollTop = element.scrollHeight;
    top = element.scrollTop;
  }

  async function read() {
    while (!gone && wanted > known) {
      if (wanted - known > WINDOW) known = wanted - WINDOW;
      const part = await get(`${path}?after=${known}&limit=${WINDOW}`).catch(() => null);
      if (gone || !part || part.text === "") break;
      known = part.from + bytesOf(part.text);
      add(part.text);
    }
    reading = null;
  }

  const reach = (bytes) => {
    wanted = Math.max(wanted, bytes);
    if (wanted > known) reading ??= read();
  };

  const scrolled = () => {
    const isNear = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    // What comes into sight may be higher than was reckoned: only who scrolls up leaves the end.
    const now = isNear || (atEnd && element.scrollTop >= top - 1);
    top = element.scrollTop;
    if (now !== atEnd) onBehind(!(atEnd = now));
  };
  element.addEventListener("scroll", scrolled, { passive: true });

  const end = onOutput((news) => {
    if (news.step !== step.id || news.bytes <= known) return;
    // Something was told before it was listened to, or while it was read.
    if (reading !== null || news.bytes - bytesOf(news.text) !== known) return reach(news.bytes);
    known = wanted = news.bytes;
    add(news.text);
  });

  flush();
  return {
    reach,
    toEnd,
    stop() {
      gone = true;
      end();
      cancel?.();
      element.removeEventListener("scroll", scrolled);
      element.replaceChildren();
    },
  };
}
