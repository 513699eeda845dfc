import { lstat, mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Clock } from "../../clock/clock.ts";
import type { Executor } from "../../plugin/contract.ts";
import { backupName } from "../../store/backupName.ts";
import { removeLeftParts, removePart } from "../../store/backupPart.ts";
import type { Store } from "../../store/contract.ts";
import { writableByOthers } from "../../writableByOthers.ts";

/** With the time in UTC, so that they sort by age. */
const NAME = /^loom-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z\.db$/;
/** Whose parts are ours to take away. */
const COPY = /^loom-.*\.db$/;

/** Copies of the database, and no more of them than are wanted. */
export function backupExecutors(store: Pick<Store, "backup">, clock: Clock, { folder, keep }: { readonly folder: string; readonly keep: number }): readonly Executor[] {
  return [
    {
      kind: "backup-copy",
      recovery: "retry",
      async execute() {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        // First: where the disk is nearly full they may have the room that the copy needs.
        await removeLeftParts(folder, (name) => COPY.test(name));
        const file = join(folder, backupName(clock.now()));
        const { bytes } = await store.backup(file);
        return { file: basename(file), bytes };
      },
    },
    {
      kind: "backup-tidy",
      recovery: "retry",
      async execute() {
        const names = (await ownCopiesIn(folder)).toSorted().toReversed();
        // One of a time when the clock was ahead would count as newer than any that is made now.
        const now = backupName(clock.now());
        const copies = names.filter((name) => name <= now);
        const removed = byWorth(copies).slice(keep);
        for (const name of removed) await removePart(join(folder, name));
        return { kept: copies.length - removed.length, removed };
      },
    },
  ];
}

/** In a folder like /tmp others may put files, which are no copies of ours, and links under a copy's name. */
async function ownCopiesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => NAME.test(name));
  const found = await Promise.all(names.map((name) => lstat(join(folder, name)).catch(() => null)));
  return names.filter((name, i) => found[i]?.isFile() && writableByOthers(found[i]) === null);
}

/** Each day's last copy before any other, so that copies which are made one after the other push out no older day. @param copies newest first */
function byWorth(copies: readonly string[]): string[] {
  const day = (name: string): string => name.slice(0, "loom-YYYY-MM-DD".length);
  const isLastOfDay = (name: string, i: number): boolean => i === 0 || day(copies[i - 1]!) !== day(name);
  return [...copies.filter(isLastOfDay), ...copies.filter((name, i) => !isLastOfDay(name, i))];
}
