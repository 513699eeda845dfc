/** What opens beside the strands or upon them. Fetched as one, after the first strands are drawn. */
export { bindings } from "./bindings.js";
export { AuditPanel } from "./panel/audit.js";
export { Inbox } from "./inbox/inbox.js";
export { List } from "./list/list.js";
export { Palette } from "./palette/palette.js";
export { Panel } from "./panel/panel.js";
export { SourcesPanel } from "./panel/sources.js";
export { Confirm } from "./ui/confirm.js";
export { Help } from "./ui/help.js";
export { PausedLine } from "./ui/pausedLine.js";
export { RunForm } from "./ui/runForm.js";
export { Empty, Newcomer, NothingMatches, SignedOut } from "./ui/states.js";
