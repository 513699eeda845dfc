import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import type { Clock } from "../../clock/clock.ts";
import { parseStat } from "../../processIdentity.ts";
import type { ProcessIdentity } from "./contract.ts";
import { MARKER } from "./marker.ts";

/** Looks at so many processes at once: each is a few small reads. */
const AT_ONCE = 32;
const LOOK_AGAIN_MS = 10;

/** Whom to end. */
export interface Wanted {
  /** Processes whose marker begins so. */
  readonly marker: string;
  /** Besides, those of this session, which may have cleaned their environment. */
  readonly session?: number;
  /** But not this one. */
  readonly except?: number;
  /** And not those whose marker begins so. */
  readonly spare?: string;
}

/**
 * Ends, by SIGKILL, every process that is wanted, and those that they start meanwhile. Answers when none is left but what became another
 * user's, as with `sudo`: that is not ours to end, and whoever waited for it could wait for ever.
 * @returns how many were ended
 */
export async function endProcesses(clock: Clock, wanted: Wanted): Promise<number> {
  const [ended, others] = [new Set<number>(), new Set<number>()];
  for (;;) {
    const found = (await findProcesses(wanted)).filter((pid) => !others.has(pid));
    if (found.length === 0) return ended.size;
    for (const pid of found) (kill(pid) ? ended : others).add(pid);
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

/** One look, at once: for a process that is about to end itself. Answers how many it ended. */
export function endProcessesNow(wanted: Wanted): number {
  const found = readdirSync("/proc").filter(isPid).map(Number).filter((pid) => isWanted(pid, wanted, readNow(`/proc/${pid}/stat`), readNow(`/proc/${pid}/environ`)));
  return found.filter(kill).length;
}

/**
 * Ends this very process, if it is there still and ours, and answers when it is gone.
 * @param marker how that of one of ours begins: in a database that was copied from another node's stand processes that work for that one
 */
export async function endProcess(clock: Clock, { pid, startTime }: ProcessIdentity, marker: string): Promise<void> {
  const known = markerIn(await read(`/proc/${pid}/environ`));
  if (known !== null && !known.startsWith(marker)) return;
  while (parseStat(await read(`/proc/${pid}/stat`))?.startTime === startTime) {
    if (!kill(pid)) return;
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

/** All that live now. */
export async function findProcesses(wanted: Wanted): Promise<number[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter(isPid).map(Number);
  const found: number[] = [];
  for (let at = 0; at < pids.length; at += AT_ONCE) {
    const some = pids.slice(at, at + AT_ONCE);
    const texts = await Promise.all(some.map((pid) => Promise.all([read(`/proc/${pid}/stat`), read(`/proc/${pid}/environ`)])));
    found.push(...some.filter((pid, index) => isWanted(pid, wanted, ...texts[index]!)));
  }
  return found;
}

function isWanted(pid: number, { marker, session, except, spare }: Wanted, stat: string, environ: string): boolean {
  const process = parseStat(stat);
  if (!process || pid === except) return false;
  const own = markerIn(environ);
  if (own !== null && spare !== undefined && own.startsWith(spare)) return false;
  return own?.startsWith(marker) === true || (session !== undefined && process.session === session);
}

function markerIn(environ: string): string | null {
  const key = `${MARKER}=`;
  // The last one counts: whoever adds to an environment may leave what was there.
  const found = environ.split("\0").findLast((pair) => pair.startsWith(key));
  return found === undefined ? null : found.slice(key.length);
}

/** False: it is not ours to end. */
function kill(pid: number): boolean {
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch (error) {
    // Else it is gone meanwhile.
    return (error as NodeJS.ErrnoException).code !== "EPERM";
  }
}

function isPid(name: string): boolean {
  return /^\d+$/.test(name);
}

async function read(file: string): Promise<string> {
  return readFile(file, "latin1").catch(() => "");
}

function readNow(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
