import type { Clock } from "../../clock/clock.ts";
import type { Executor } from "../../plugin/contract.ts";
import type { Store } from "../../store/contract.ts";
import { backupExecutors } from "./backup.ts";
import { resyncExecutors, type Mirrors } from "./resync.ts";
import { retentionExecutors } from "./retention.ts";

export interface KernelOptions {
  readonly store: Pick<Store, "strands" | "runs" | "commands" | "audit" | "kv" | "shrink" | "backup">;
  readonly mirrors: Mirrors;
  readonly clock: Clock;
  /** The settings of `keep`: days for which things are kept (0: for ever), and how many backups. */
  readonly keep: { readonly runDays: number; readonly mirroredRunDays: number; readonly auditDays: number; readonly backups: number };
  /** Folder for backups; made when it is missing. */
  readonly backups: string;
}

/**
 * What only the gateway itself can do, as steps that any workflow may have: the workflows that come with Loom are made of these.
 * They take no input, so that no process for workflow code is started for them.
 */
export function kernelExecutors({ store, mirrors, clock, keep, backups }: KernelOptions): readonly Executor[] {
  return [...resyncExecutors(mirrors, store, clock), ...retentionExecutors(store, clock, keep), ...backupExecutors(store, clock, { folder: backups, keep: keep.backups })];
}
