import { readFileSync } from "node:fs";

/** What Linux tells of a process that lives, in `/proc/<pid>/stat`. */
export interface ProcessStat {
  readonly session: number;
  /** When it began, in clock ticks since the machine did. */
  readonly startTime: number;
}

/** Reads the text of such a file. Null for a process that is gone, or is dead and only waits for its parent to take note. */
export function parseStat(stat: string): ProcessStat | null {
  // The name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, session, startTime] = [fields[0], fields[3], fields[19]];
  return startTime === undefined || state === "Z" || state === "X" ? null : { session: Number(session), startTime: Number(startTime) };
}

/** When a process that lives began, in clock ticks since the machine did; 0 where nothing tells it. */
export function startTimeOf(pid: number): number {
  return parseStat(readNow(`/proc/${pid}/stat`))?.startTime ?? 0;
}

/** Whether that very process lives. Where nothing tells when one began (0), whoever has its id counts. */
export function lives(pid: number, startTime: number): boolean {
  return startTime === 0 ? isTaken(pid) : startTimeOf(pid) === startTime;
}

/**
 * What tells a process that lives from every other one that has had or will have its id, also before and after the machine
 * is started anew. Null where nothing tells it, as on systems without /proc.
 */
export function incarnationOf(pid: number): string | null {
  const [boot, startTime] = [readNow("/proc/sys/kernel/random/boot_id").trim(), startTimeOf(pid)];
  return boot === "" || startTime === 0 ? null : `${boot}/${startTime}`;
}

function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // That of another user may not be asked.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readNow(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
