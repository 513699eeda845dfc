import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Clock } from "../../clock/clock.ts";

const LOOK_AGAIN_MS = 10;
const PREFIX = "loom-";

/**
 * A control group of Linux (cgroup v2). Whatever a process in it starts is in it too, and cannot leave it by another environment or
 * session. There is one only where this process may divide its own group: as root, or as a user's systemd service.
 */
export class ProcessGroup {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** A group with this process in it; null: it cannot be had here. `name` is of no other group. */
  static of(pid: number, name: string): ProcessGroup | null {
    const folder = ownFolder();
    if (folder === null || pid === 0) return null;
    const group = new ProcessGroup(join(folder, `${PREFIX}${name}`));
    try {
      mkdirSync(group.path);
      if (existsSync(join(group.path, "cgroup.kill"))) {
        writeFileSync(join(group.path, "cgroup.procs"), `${pid}`);
        return group;
      }
    } catch {
      // Not ours to divide.
    }
    group.#remove();
    return null;
  }

  /** The one that this process was put in under this name; null: none. */
  static own(name: string): ProcessGroup | null {
    const folder = ownFolder();
    return folder !== null && basename(folder) === `${PREFIX}${name}` ? new ProcessGroup(folder) : null;
  }

  /**
   * Those whose names begin so, but for those that begin with `spare`: what an earlier gateway left. Empty ones of others, which may
   * never start again, go meanwhile.
   */
  static left(name: string, spare: string): ProcessGroup[] {
    const folder = ownFolder();
    const names = folder === null ? [] : readdirSync(folder).filter((one) => one.startsWith(PREFIX) && !one.startsWith(`${PREFIX}${spare}`));
    const groups = names.map((one) => new ProcessGroup(join(folder!, one)));
    for (const group of groups) group.#remove();
    return groups.filter(({ path }) => basename(path).startsWith(`${PREFIX}${name}`) && existsSync(path));
  }

  /** Ends all that is in it, at once: this very process too, where it is. */
  kill(): void {
    try {
      writeFileSync(join(this.path, "cgroup.kill"), "1");
    } catch {
      // It is gone.
    }
  }

  /** Ends all that is in it, and answers when it is empty and gone. */
  async end(clock: Clock): Promise<void> {
    this.kill();
    while (this.#isPopulated()) await clock.sleep(LOOK_AGAIN_MS);
    this.#remove();
  }

  #isPopulated(): boolean {
    try {
      return readFileSync(join(this.path, "cgroup.events"), "utf8").includes("populated 1");
    } catch {
      return false;
    }
  }

  #remove(): void {
    try {
      rmdirSync(this.path);
    } catch {
      // It is not empty, or never was.
    }
  }
}

/** The folder of this process's own group; null where there is none. */
function ownFolder(): string | null {
  try {
    const own = /^0::(\/.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
    const mounted = / (\/\S*) (\/\S*) \S+ [^-]*- cgroup2 /.exec(readFileSync("/proc/self/mountinfo", "utf8"));
    if (own === undefined || !mounted) return null;
    const [, root, place] = mounted;
    return root === "/" || own === root || own.startsWith(`${root}/`) ? join(place!, root === "/" ? own : own.slice(root!.length)) : null;
  } catch {
    return null;
  }
}
