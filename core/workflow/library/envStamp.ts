import { createHash } from "node:crypto";

/** Variables that are others at each start and say nothing about what a file wants. */
const PASSING = /^(?:_|SHLVL|(?:OLD)?PWD|COLUMNS|LINES|WINDOWID|TERM(?:_.*)?|SSH_.*|XDG_SESSION_.*|INVOCATION_ID|JOURNAL_STREAM|NOTIFY_SOCKET|SYSTEMD_EXEC_PID|MEMORY_PRESSURE_.*|npm_.*)$/;

/** Stands for an environment: another one where files that are loaded in it may come out differently. Tells nothing of its values. */
export function envStamp(env: Readonly<Record<string, string | undefined>>): string {
  const lasting = Object.entries(env).filter(([name, value]) => value !== undefined && !PASSING.test(name));
  return createHash("sha256").update(JSON.stringify(lasting.toSorted(([one], [other]) => (one < other ? -1 : 1)))).digest("hex");
}
