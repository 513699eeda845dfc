import type { Colour } from "./terminal.ts";

/** Colours of the statuses of strands, runs, sources, plugins and commands; what is not listed is plain. */
export const statusColours: Readonly<Record<string, Colour | undefined>> = {
  running: "blue",
  waiting: "yellow",
  stuck: "yellow",
  missed: "yellow",
  overdue: "yellow",
  failed: "red",
  ok: "green",
  succeeded: "green",
  cancelled: "dim",
  skipped: "dim",
  idle: "dim",
  stale: "yellow",
  suspect: "yellow",
  incompatible: "red",
  fresh: "green",
  active: "green",
  rejected: "red",
  setup_error: "red",
  quarantined: "red",
  failed_unload: "red",
  disabled: "dim",
};
