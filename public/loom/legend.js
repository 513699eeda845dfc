import { html } from "../html.js";
import { bang, broken, coil, cut, diamond, hands, hourglass, notches, slash, triggers } from "./glyphs.js";

/** The signs of the loom with their meaning, drawn by the shapes that the view itself is drawn with. */
export function Legend() {
  return html`<ul class="legend">
    ${signs.map(([classes, words, drawing]) => html`<li key=${words}><svg class="drawing" viewBox="-13 -13 26 26" width="26" height="26" aria-hidden="true"><g class=${`strand d-named ${classes}`}>${drawing}</g></svg> <span>${words}</span></li>`)}
  </ul>`;
}

const thread = html`<path class="thread" d="M0,-13V13" />`;
const step = (look, d, more = null) => html`${thread}<g class=${`step t-${look}`}><path class="diamond" d=${d} />${more}</g>`;
const ring = (more) => html`${thread}<circle class="ring" r="5.4" /><path class="sign" d=${more} />`;

const signs = [
  ["s-ok", "a step that went well", step("ok", diamond(5.8))],
  ["s-running", "running: the light rests at the step", html`${step("running", diamond(6.6))}<circle class="core" r="2.6" />`],
  ["s-running", "waiting its turn: its code has not begun", step("waiting", diamond(5.8))],
  ["s-running stuck", "stuck: far longer than it usually takes", step("running", hourglass(6.6))],
  ["s-failed", "failed: red until acknowledged", step("failed", diamond(6.6), html`<path class="bang" d=${bang} />`)],
  ["s-failed", "interrupted: torn off in mid-run", step("broken", broken(6.4))],
  ["s-ok", "passed over; its label tells why", step("skipped", diamond(5.8), html`<path class="slash" d=${slash(5.8)} />`)],
  ["s-missed", "missed: it did not start when it should have", html`${thread}<g class="missed"><circle class="hoop" r="6.2" /></g>`],
  ["s-missed", "overdue: it should have started by now", html`${thread}<g class="overdue"><circle class="hoop" r="6.2" /><path class="hands" d=${hands} /></g>`],
  ["s-ok", "held back by its owner after errors", html`<path class="thread" d="M0,-13V-9M0,9V13" /><path class="coil" d=${coil(-9, 9)} />`],
  ["s-ok severed off", "switched off by its owner, after errors", html`${thread}<rect class="gap" x="-3" y="-9" width="6" height="18" /><path class="cut" d=${cut} />`],
  ["s-ok off", "disabled", thread],
  ["s-ok stale", "stale: its source cannot be read", html`<path class="thread" d="M-5,-13V13M0,-10V13M5,-7V13" />`],
  ["s-ok", "changed until acknowledged (+ new, − vanished)", html`${thread}<path class="notch n-edited" d=${notches.edited} transform="translate(0,-4)" />`],
  ["s-ok", "its file is broken", html`${thread}<path class="notch n-broken" d=${notches.broken} transform="translate(-1,-4)" />`],
  ["s-ok paused", "paused by a person", ring(triggers.paused)],
  ["s-ok", "started by a webhook", ring(triggers.webhook)],
  ["s-ok", "started after another strand", ring(triggers.after)],
  ["s-running", "how much is done; its phases", html`${step("running", diamond(5))}<circle class="share" r="8.5" pathLength="1" stroke-dasharray=".4 1" transform="rotate(-90)" /><circle class="bead b-ok" cy="11" r="1.9" />`],
  ["s-ok ghost", "vanished: its owner has it no more", html`${thread}<circle class="knot k-end-ghost" cy="8" r="3.8" />`],
  ["s-ok done", "done: it was to run once, and has", html`<path class="thread" d="M0,-13V7" /><path class="knot-tied" d="M-5,7H5M-3,10H3" />`],
  ["s-ok halted", "its scheduler is off as a whole", html`${ring(triggers.cron)}`],
  ["s-ok system", "the scheduler's own job", html`${thread}<rect class="ring" x="-5" y="-5" width="10" height="10" rx="1" /><path class="sign" d=${triggers.cron} />`],
  ["s-failed", "what failing strands have in common", html`<path class="yarn" d="M-12,-4Q0,12 12,-4" />`],
];
