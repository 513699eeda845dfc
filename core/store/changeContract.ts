import type { JsonObject } from "../mirror/contract.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Duplicate, NotFound, Ok, Page } from "./answers.ts";
import type { ChangeKind } from "./statuses.ts";

/** How a strand changed where its owner keeps it. */
export interface ChangeRecord {
  readonly id: string;
  readonly strandId: string;
  readonly kind: ChangeKind;
  /** The definition before and after; the first has no before. */
  readonly fromVersion: number | null;
  readonly version: number;
  /** Top-level keys of the definition that differ. */
  readonly fields: readonly string[];
  readonly seenAt: number;
  /** Who made it, where that is told. */
  readonly by: string | null;
  readonly ackAt: number | null;
  readonly ackBy: string | null;
}

/** A definition as it was kept from `seenAt` until the next. */
export interface VersionRecord {
  readonly strandId: string;
  readonly version: number;
  readonly name: string;
  readonly description: string | null;
  readonly command: string | null;
  readonly schedule: Schedule;
  readonly definition: JsonObject;
  readonly definitionHash: string;
  readonly seenAt: number;
  readonly by: string | null;
}

export interface ChangeStore {
  /** Newest first. `asking`: only those that nobody has acknowledged. */
  list(filter: { readonly strandId?: string; readonly asking?: boolean; readonly cursor?: string | null; readonly limit: number }): Promise<Page<ChangeRecord>>;
  /** Kept definitions, newest first. `only`: those with these numbers. */
  versions(strandId: string, only?: readonly number[]): Promise<readonly VersionRecord[]>;
  /**
   * Acknowledges the changes of a strand (event `strand.acknowledged`); one that vanished leaves the page with it. `duplicate`: none was asking.
   * @param until id of the newest change that the person has seen; left out: all
   */
  acknowledge(strandId: string, by: string, at: number, until?: string): Promise<Ok<{ readonly acknowledged: number }> | Duplicate | NotFound>;
}
