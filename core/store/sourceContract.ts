import type { FiringsWhileOff } from "../mirror/contract.ts";
import type { NotFound, Ok } from "./answers.ts";
import type { Freshness } from "./statuses.ts";

export interface SourceRecord {
  /** `<plugin>:<instance>`. */
  readonly id: string;
  readonly plugin: string;
  readonly instance: string;
  readonly nodeId: string;
  readonly identity: string;
  readonly label: string;
  readonly can: { readonly setEnabled: true | string; readonly runNow: true | string };
  /** What its owner makes of firings that fall while a job is off, by the kind of schedule; for people. */
  readonly firingsWhileOff: FiringsWhileOff;
  readonly health: SourceHealth;
  /** Raised by each look that was taken in: the compare-and-set of a look. */
  readonly look: number;
  /** The snapshot's own revision as of the last look. */
  readonly revision: string | null;
  /** When its plugin was taken away; its strands are off the page then, their history stays. */
  readonly retiredAt: number | null;
}

export interface SourceHealth {
  readonly freshness: Freshness;
  /** Since when the freshness is what it is. */
  readonly since: number;
  readonly lastGoodReadAt: number | null;
  readonly version: string | null;
  readonly schedulerOn: boolean;
  /** What went wrong and what to do, in words; null while fresh. */
  readonly message: string | null;
  readonly help: string | null;
}

/** How a source stood from `since` until the next state of it began. */
export interface SourceState {
  readonly sourceId: string;
  readonly since: number;
  readonly freshness: Freshness;
  readonly schedulerOn: boolean;
  readonly message: string | null;
}

export interface SourceStore {
  /**
   * Registers a source, or finds it again by plugin, node and identity: the instance is minted once. A retired source
   * comes back. Label and `can` are brought up to date. Event `source.added` when it is new or comes back, else
   * `source.changed` when what it says of itself differs.
   */
  register(source: {
    readonly plugin: string;
    readonly nodeId: string;
    readonly identity: string;
    readonly label: string;
    readonly can: SourceRecord["can"];
    readonly firingsWhileOff: FiringsWhileOff;
    readonly at: number;
  }): Promise<SourceRecord>;
  list(): Promise<readonly SourceRecord[]>;
  /** Changes health only (event `source.changed` when freshness, version, scheduler or message differ). */
  setHealth(id: string, health: SourceHealth, at: number): Promise<Ok | NotFound>;
  /** How a source stood between two times, oldest first; the first may have begun before `from`. Each change of freshness or of the scheduler is kept. */
  states(filter: { readonly sourceId: string; readonly from: number; readonly to: number }): Promise<readonly SourceState[]>;
  /** Takes a source and its strands off the page (events `strand.removed`, `source.removed`). History stays. */
  retire(id: string, at: number): Promise<Ok | NotFound>;
}
