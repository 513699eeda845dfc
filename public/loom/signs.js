import { html } from "../html.js";
import { coil, cut, hands, notches } from "./glyphs.js";
import { signY } from "./layout.js";

/** What a thread carries above its steps: coil, pennant, ring or cut. Each a shape of its own, whatever its colour. */
export function drawSigns(how, room, bendAt, level) {
  const small = level.how === "thread";
  const y = signY(room);
  const reach = Math.min(3, Math.max(1.4, level.knot));
  return html`
    ${how.held && html`<path class="coil" d=${coil(room.beam + 7, room.beam + (small ? 26 : 40), reach)} />`}
    ${how.notch && (small ? html`<path class="notch far" d=${`M0,${room.beam - 5}V${room.beam - 11}`} />` : html`<path class=${`notch n-${how.notch}`} d=${notches[how.notch]} transform=${`translate(0,${room.beam + (level.how === "near" ? 7 : 13)})`} />`)}
    ${how.sign && html`<g class=${`firing ${how.sign}`} transform=${`translate(${bendAt(y)},${y})`}>
      ${how.sign === "severed" ? html`<rect class="gap" x="-3" y="-9" width="6" height="18" /><path class="cut" d=${cut} transform=${small ? "scale(.6)" : ""} />` : html`<circle r=${small ? 8 : 18} fill="url(#glow-missed)" /><circle class="hoop" r=${small ? 2 + level.knot : 6.2} />`}
      ${how.sign === "overdue" && !small && html`<path class="hands" d=${hands} />`}
    </g>`}
  `;
}
