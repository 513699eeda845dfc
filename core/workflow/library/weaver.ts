import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../clock/clock.ts";
import { KeyedQueue } from "../../keyedQueue.ts";
import type { Log } from "../../log/log.ts";
import type { Bundle, StrandRecord, WeaveStore, Woven } from "../../store/contract.ts";
import { untilStored } from "../../store/untilStored.ts";
import type { WorkflowFacts } from "../facts.ts";
import type { CurrentWorkflow } from "../libraryContract.ts";
import type { WorkflowDefinition } from "../reading.ts";
import type { Edition, Live } from "./arrange.ts";

/** So many are stored at a time: each may have a MiB of code, and is in memory more than once meanwhile. */
const AT_A_TIME = 16;

/** A strand, as far as it has to be known whether it is one of ours. */
export type KnownStrand = Pick<StrandRecord, "id" | "nodeId" | "version" | "goneAt"> & { readonly woven: Woven | null };

export interface WeaverOptions {
  readonly weave: Pick<WeaveStore, "lay" | "remove">;
  /** All strands of the store. */
  readonly strands: { all(): Promise<readonly KnownStrand[]> };
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the wait for a database that another program holds. */
  readonly stop: AbortSignal;
}

type Laid = CurrentWorkflow & { readonly modulePath: string };

/** Brings the strands in the store to what the files say. */
export class Weaver {
  readonly #options: WeaverOptions;
  readonly #laid = new Map<string, Laid>();
  readonly #few = new KeyedQueue(AT_A_TIME);

  constructor(options: WeaverOptions) {
    this.#options = options;
  }

  /** Finds out what was laid down before. */
  async start(): Promise<void> {
    for (const { id, nodeId, version, goneAt, woven } of await this.#options.strands.all()) {
      if (!woven || goneAt !== null || nodeId !== this.#options.nodeId) continue;
      const { facts, bundleHash, modulePath, shipped } = woven;
      this.#laid.set(id, { facts, version, bundleHash, modulePath, shipped });
    }
  }

  get(id: string): CurrentWorkflow | undefined {
    return this.#laid.get(id);
  }

  all(): Iterable<CurrentWorkflow> {
    return this.#laid.values();
  }

  /** What of a file is laid down. */
  editionOf(modulePath: string): Edition | null {
    const laid = [...this.#laid.values()].find((one) => one.modulePath === modulePath);
    return laid ? { bundleHash: laid.bundleHash, definitions: [definitionOf(laid.facts)] } : null;
  }

  /**
   * Lays down what is not yet as it is to be, and removes what is no longer there.
   * @param bundleOf the code of a definition; null: it is not known, so that it cannot be laid down now
   * @param mayRemove whether it is certain that a file which does not count is gone
   * @returns ids of those that changed
   */
  async weave(live: readonly Live[], bundleOf: (one: Live) => Promise<Bundle | null>, mayRemove: (modulePath: string) => boolean): Promise<string[]> {
    const wanted = new Map(live.map((one) => [one.definition.id, one]));
    const gone = [...this.#laid].filter(([id, { modulePath }]) => !wanted.has(id) && mayRemove(modulePath)).map(([id]) => id);
    const removed = gone.map((id) => this.#try(id, () => this.#remove(id)));
    const laid = [...wanted].map(([id, one]) => this.#try(id, async () => !isLaid(one, this.#laid.get(id)) && this.#few.add("", async () => this.#lay(one, await bundleOf(one)))));
    return (await Promise.all([...removed, ...laid])).flatMap((id) => id ?? []);
  }

  async #lay({ definition, file }: Live, bundle: Bundle | null): Promise<boolean> {
    if (!bundle) return false;
    const { weave, nodeId, clock, stop } = this.#options;
    const { facts } = definition as WorkflowDefinition;
    const strand = { modulePath: file.path, shipped: file.root === "shipped", facts: facts! };
    const { version } = await untilStored(clock, stop, () => weave.lay({ ...strand, bundle, nodeId, at: clock.now() }));
    this.#laid.set(definition.id, { ...strand, version, bundleHash: bundle.hash });
    return true;
  }

  async #remove(id: string): Promise<boolean> {
    const { weave, clock, stop } = this.#options;
    await untilStored(clock, stop, () => weave.remove(id, clock.now()));
    return this.#laid.delete(id);
  }

  /** What the store refuses today is tried again at the next look. */
  async #try(id: string, act: () => Promise<boolean>): Promise<string | null> {
    try {
      return (await act()) ? id : null;
    } catch (error) {
      if (!this.#options.stop.aborted) this.#options.log.error("A workflow could not be stored", { workflow: id, error });
      return null;
    }
  }
}

function isLaid({ definition, bundleHash, file }: Live, laid: Laid | undefined): boolean {
  return laid !== undefined && laid.bundleHash === bundleHash && laid.modulePath === file.path && laid.shipped === (file.root === "shipped") && isDeepStrictEqual(laid.facts, definition.facts);
}

function definitionOf(facts: WorkflowFacts): WorkflowDefinition {
  const operates = facts.steps.flatMap(({ does }, index) => (does.kind === "operation" ? [{ path: `steps.${index}.operationId`, id: does.operationId }] : []));
  const executes = facts.steps.flatMap(({ does }, index) => (does.kind === "executor" ? [{ path: `steps.${index}.executor`, id: does.executor }] : []));
  const runs = facts.steps.flatMap(({ does }, index) => (does.kind === "workflow" ? [{ path: `steps.${index}.workflow`, id: does.workflow }] : []));
  return { kind: "workflow", nth: 0, id: facts.id, name: facts.name, steps: facts.steps.length, runs, operates, executes, problems: [], facts };
}
