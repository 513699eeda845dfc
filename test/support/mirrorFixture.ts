import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { CommandService } from "../../core/command/service.ts";
import type { WovenCommands } from "../../core/command/woven.ts";
import type { Source } from "../../core/mirror/contract.ts";
import { MirrorService } from "../../core/mirror/service.ts";
import type { LoomEvent } from "../../core/plugin/contract.ts";
import { createRegistry, type Holding } from "../../core/registry/registry.ts";
import { StrandIndex } from "../../core/registry/strandIndex.ts";
import type { Store } from "../../core/store/contract.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { FakeClock } from "../../core/testing/fakeClock.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { busyStore } from "./busyStore.ts";

/** Everything between a source and the page, on a real database, with a clock that the test moves. */
export class MirrorFixture implements AsyncDisposable {
  readonly clock = new FakeClock(Date.UTC(2026, 10, 21, 12));
  readonly registry = createRegistry({ log: quietLog });
  readonly events: LoomEvent[] = [];
  readonly folder: string;
  readonly #fullOutputBytes: number | undefined;
  store!: Store;
  index!: StrandIndex;
  mirrors!: MirrorService;
  commands!: CommandService;
  #busy: () => boolean = () => false;
  #generation = 0;
  #holding: Holding | null = null;

  private constructor(folder: string, fullOutputBytes: number | undefined) {
    this.folder = folder;
    this.#fullOutputBytes = fullOutputBytes;
  }

  /** @param fullOutputBytes as `keep.fullOutputBytes` of the settings */
  static async start({ fullOutputBytes }: { fullOutputBytes?: number } = {}): Promise<MirrorFixture> {
    const fixture = new MirrorFixture(await mkdtemp(join(tmpdir(), "loom-mirror-")), fullOutputBytes);
    await fixture.open();
    return fixture;
  }

  async open(): Promise<void> {
    const outputBytes = this.#fullOutputBytes;
    const keep = outputBytes === undefined ? {} : { fullOutputBytes: outputBytes };
    const { store, busy } = busyStore(await openSqliteStore({ file: this.#file, busyTimeoutMs: 50, keep }));
    this.store = store;
    this.#busy = busy;
    this.store.onCommit((events) => void this.events.push(...events));
    this.index = new StrandIndex(this.store, quietLog, this.clock);
    await this.index.start();
    this.mirrors = new MirrorService({ sources: this.registry.sources, store: this.store, clock: this.clock, log: quietLog, nodeId: "node-1", redact: (text) => text, ...(outputBytes !== undefined && { outputBytes }) });
    this.mirrors.start();
    await this.mirrors.settled();
    this.commands = new CommandService({ store: this.store, index: this.index, mirror: (id) => this.mirrors.mirror(id), woven: nothingWoven, clock: this.clock, log: quietLog });
    await this.commands.start();
  }

  /** Stops everything but leaves what is registered, as a gateway does that goes down. */
  async close(): Promise<void> {
    await this.pumped(this.commands.stop());
    await this.pumped(this.mirrors.stop());
    await this.index.stop();
    await this.store.close();
  }

  /** Keeps the store from writing, as another program does that has the database open, until the answer is called. */
  lockStore(): () => void {
    const other = new Sqlite(this.#file);
    other.exec("BEGIN IMMEDIATE");
    return () => void other.close();
  }

  get #file(): string {
    return join(this.folder, "loom.db");
  }

  /** Registers these sources in the place of those before, as one plugin's next generation. */
  register(...sources: Source[]): void {
    const next = this.registry.stage({ plugin: "scripted", generation: ++this.#generation });
    for (const source of sources) next.add("sources", source);
    this.registry.swap(this.#holding, next);
    this.#holding = next;
  }

  unregister(): void {
    if (this.#holding) this.registry.remove(this.#holding, "unloaded");
    this.#holding = null;
  }

  /** Lets time pass until the condition holds. */
  async until(condition: () => boolean | Promise<boolean>, what = "the condition"): Promise<void> {
    for (let turns = 0; turns < 20_000; turns++) {
      if (await condition()) return;
      while (this.#busy()) await new Promise((resolve) => setImmediate(resolve));
      await this.clock.advance(10);
    }
    throw new Error(`${what} never held`);
  }

  /** Lets this many milliseconds pass. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.mono() + ms;
    await this.until(() => this.clock.mono() >= end);
  }

  /** Lets time pass until the promise settles. */
  async pumped<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = (): void => void (settled = true);
    promise.then(mark, mark);
    await this.until(() => settled, "the promise's end");
    return promise;
  }

  /** Waits for a look that begins now, and for all it brings. */
  async look(): Promise<void> {
    await this.pumped(this.mirrors.settled());
    for (const source of this.index.sources()) {
      const mirror = this.mirrors.mirror(source.id);
      if (!mirror) continue;
      await this.pumped(mirror.look());
      await this.pumped(mirror.imported());
    }
    await this.index.settled();
  }

  /** The only strand with this name. */
  strand(name: string): ReturnType<StrandIndex["strand"]> {
    return [...this.index.strands()].find((strand) => strand.name === name);
  }

  /** The types of the events so far, without those of the source itself. */
  told(): string[] {
    return this.events.map((event) => event.type).filter((type) => !type.startsWith("source."));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Where every strand is mirrored. */
export const nothingWoven: WovenCommands = {
  carryOut: () => Promise.reject(new Error("there are mirrored strands only")),
  ended: () => Promise.resolve(null),
};
