/** What the first strands are drawn without: it is fetched as one when they are there. */
export { Beside } from "./beside.js";
export { Braids } from "./braids.js";
export { Edges, Overview } from "./edges.js";
export { Card, UrgentNames } from "./names.js";
export { Pulse } from "./pulse.js";
