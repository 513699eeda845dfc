import { mkdir, realpath } from "node:fs/promises";
import type { Clock, Timer } from "../clock/clock.ts";
import type { Problem } from "../errors/loomError.ts";
import { KeyedQueue } from "../keyedQueue.ts";
import type { Log } from "../log/log.ts";
import { watchFolders, type FolderWatch } from "../modules/watch.ts";
import type { Bundle, KvStore, NewEvent, WeaveStore } from "../store/contract.ts";
import { untilNone } from "../store/untilNone.ts";
import { untilStored } from "../store/untilStored.ts";
import { loomVersion } from "../version.ts";
import { exportsNothing } from "./fileProblems.ts";
import type { OperationFacts } from "./facts.ts";
import { markerOf } from "./isolate/marker.ts";
import { arrange, type Live } from "./library/arrange.ts";
import { ClashPlaces } from "./library/clashPlaces.ts";
import { shownFile, toProblem, type Entry } from "./library/entry.ts";
import { envStamp } from "./library/envStamp.ts";
import { Memory } from "./library/memory.ts";
import { MisfitDoubts } from "./library/misfits.ts";
import { isCode, scanRoots, type Scan } from "./library/scan.ts";
import { DOUBT_MS, Shelf } from "./library/shelf.ts";
import { Weaver, type KnownStrand } from "./library/weaver.ts";
import type { CurrentWorkflow, Library, LibraryFile } from "./libraryContract.ts";
import { isInside, placesIn, type Roots, type SourceFile } from "./sources.ts";

const PRUNE_MS = 3_600_000;
/** So much code is stored at a time: each may have a MiB, and is in memory more than once meanwhile. */
const AT_A_TIME = 16;
/** Raised when the same file comes to be read differently. */
const READER = 3;

export interface LibraryOptions {
  readonly roots: Roots;
  readonly weave: Pick<WeaveStore, "lay" | "remove" | "keepBundle" | "bundle" | "pruneBundles">;
  readonly strands: { all(): Promise<readonly KnownStrand[]> };
  /** What is known of files is kept here, so that a start reads only those that changed. */
  readonly kv: KvStore;
  readonly nodeId: string;
  /** This start of the gateway. */
  readonly bootId: string;
  /** What files find in `process.env` while they are loaded. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes secrets out of what is told of files. */
  readonly redact: (text: string) => string;
  readonly clock: Clock;
  readonly log: Log;
  /** IANA name; for schedules that name none. */
  readonly hostZone: string;
  /** Appends an event: `workflow.problems` says what keeps a file from being live, or that nothing does any more. */
  readonly tell: (event: NewEvent) => Promise<void>;
  /** Whether the folders are watched. Default true. */
  readonly watch?: boolean;
}

export interface RunningLibrary extends Library {
  /** Makes the user's folders and brings the store to what lies in the roots. Resolves when that is live, but for what is slow to load. */
  start(): Promise<void>;
  /** What cannot be stored is not waited for any more. */
  giveUp(): void;
  stop(): Promise<void>;
}

/** A library that has not looked anywhere yet; `start` does. */
export function createLibrary(options: LibraryOptions): RunningLibrary {
  return new FileLibrary(options);
}

type Listener = Parameters<Library["on"]>[0];
type Operation = NonNullable<ReturnType<Library["operation"]>>;

class FileLibrary implements RunningLibrary {
  readonly #options: LibraryOptions;
  readonly #shelf: Shelf;
  readonly #memory: Memory;
  readonly #misfits: MisfitDoubts;
  readonly #places = new ClashPlaces();
  readonly #weaver: Weaver;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<Listener>();
  #roots: Roots;
  #operations: ReadonlyMap<string, Operation> = new Map();
  #files: readonly LibraryFile[] = [];
  #watch: FolderWatch | null = null;
  #prune: Timer | null = null;
  #again: Timer | null = null;
  /** All that is done is done one after the other; this is the last of it. */
  #work: Promise<void> = Promise.resolve();
  #asked: Promise<void> | null = null;
  #complaint = "";

  constructor(options: LibraryOptions) {
    const { bootId, clock, env, hostZone, kv, nodeId, redact, roots } = options;
    this.#options = options;
    this.#roots = roots;
    this.#weaver = new Weaver({ ...options, stop: this.#stop.signal });
    this.#memory = new Memory(kv, `${READER} ${loomVersion()} ${hostZone} ${envStamp(env)}`);
    this.#misfits = new MisfitDoubts(clock);
    this.#shelf = new Shelf({
      clock,
      reader: { clock, hostZone, env, redact, marker: markerOf(nodeId, bootId, "reader") },
      heldOf: (path) => this.#weaver.editionOf(path),
      later: (act) => this.#add(async () => act()).then(() => this.#look()),
    });
  }

  async start(): Promise<void> {
    const { roots, clock, log, watch = true } = this.#options;
    this.#roots = { shipped: await real(roots.shipped), home: await real(roots.home) };
    const folders = placesIn(this.#roots).map(({ folder }) => folder);
    // Where that cannot be, the look says so.
    for (const folder of folders.filter((one) => isInside(one, this.#roots.home))) await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => {});
    await this.#weaver.start();
    for (const [path, entry] of await this.#memory.load()) {
      // What is laid down is what counted last, also where Loom ended before it could remember that.
      const laid = this.#weaver.editionOf(path);
      this.#shelf.put(laid && laid.bundleHash !== entry.held?.bundleHash ? { ...entry, held: laid } : entry);
    }
    await this.#look();
    this.#shelf.rest();
    if (this.#stop.signal.aborted) return;
    this.#prune = clock.interval(PRUNE_MS, () => void this.#add(() => this.#pruneBundles()));
    if (watch) this.#watch = await watchFolders({ folders, clock, log, isWanted: isCode, onHint: () => void this.#look(), onStir: () => this.#shelf.expect() });
    if (this.#stop.signal.aborted) await this.#watch?.close();
  }

  giveUp(): void {
    this.#stop.abort();
  }

  async stop(): Promise<void> {
    this.giveUp();
    this.#again?.cancel();
    this.#prune?.cancel();
    await this.#watch?.close();
    await this.#shelf[Symbol.asyncDispose]();
    await this.#work;
    // A file whose turn was just coming may have brought up a process once more.
    await this.#shelf[Symbol.asyncDispose]();
  }

  files(): readonly LibraryFile[] {
    return this.#files;
  }

  workflow(id: string): CurrentWorkflow | undefined {
    return this.#weaver.get(id);
  }

  workflows(): Iterable<CurrentWorkflow> {
    return this.#weaver.all();
  }

  operation(id: string): Operation | undefined {
    return this.#operations.get(id);
  }

  async reload(): Promise<readonly LibraryFile[]> {
    await this.#add(async () => this.#shelf.readAgain());
    for (;;) {
      await this.#look();
      if (this.#stop.signal.aborted || (!this.#isInDoubt && !this.#shelf.slow)) return this.#files;
      await (this.#isInDoubt ? this.#options.clock.sleep(DOUBT_MS, this.#stop.signal).catch(() => {}) : this.#shelf.slow);
    }
  }

  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Looks at everything once more; those who ask before that has begun share one look. */
  #look(): Promise<void> {
    return (this.#asked ??= this.#add(async () => {
      this.#asked = null;
      const scan = await scanRoots(this.#roots, this.#options.clock);
      this.#complain(scan);
      await this.#shelf.takeIn(scan);
      await this.#settle(scan);
      this.#again?.cancel();
      if (this.#isInDoubt) this.#again = this.#options.clock.timer(DOUBT_MS, () => void this.#look());
    }));
  }

  /** Whether a look in `DOUBT_MS` may show more. */
  get #isInDoubt(): boolean {
    return this.#shelf.isInDoubt || this.#misfits.isInDoubt;
  }

  #add(act: () => Promise<void>): Promise<void> {
    const run = async (): Promise<void> => {
      if (this.#stop.signal.aborted) return;
      try {
        await act();
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#options.log.error("The workflows' folders could not be taken in", { error });
      }
    };
    return (this.#work = this.#work.then(run));
  }

  /** Makes live what goes together, and tells of all that changed by that. */
  async #settle(scan: Scan): Promise<void> {
    const entries = [...this.#shelf.entries.values()];
    const strays = this.#shelf.strays();
    const { editions, live, clashes } = arrange(entries.map((entry) => ({ ...entry, latest: strays.has(entry.file.path) ? null : entry.latest, leftAt: this.#shelf.leftAt(entry.file.path) })));
    const workflows = await this.#weave(live.filter(({ definition }) => definition.kind === "workflow"));
    await this.#keepBundles();
    this.#operations = operationsIn(live);
    const news: Entry[] = [];
    const clashed = await this.#places.problemsOf(entries, clashes, this.#stop.signal);
    const problemsOf = (file: SourceFile): readonly Problem[] => [...(strays.has(file.path) ? [toProblem(file, exportsNothing(file))] : []), ...(clashed.get(file.path)?.problems ?? [])];
    const misfits = entries.map((entry) => ({ entry, problems: problemsOf(entry.file) }));
    for (const { entry, problems } of this.#misfits.lasting(misfits, scan, this.#shelf.isUnclear)) {
      // Of one that leaves there is nothing new to be seen.
      const told = this.#shelf.leftAt(entry.file.path) === null ? [...entry.problems, ...problems] : entry.told;
      const updated = this.#updated(entry, { held: editions.get(entry.file.path) ?? entry.held, told });
      this.#shelf.put(updated);
      if (updated.told !== entry.told) news.push(updated);
    }
    const broken = this.#files.filter(({ problems }) => problems.length > 0);
    const files = this.#showFiles(live);
    if (workflows.length + files.length > 0) this.#tellListeners({ workflows, files });
    // Who hears of it may ask for the files at once.
    for (const entry of news) await this.#tellProblems(entry);
    for (const { path, root } of broken) if (!this.#shelf.entries.has(path)) await this.#tell({ path, root }, null, []);
    await this.#memory.save(this.#shelf.entries).catch((error: unknown) => this.#options.log.warn("What is known of workflows' files could not be kept", { error }));
  }

  #weave(live: readonly Live[]): Promise<string[]> {
    const { bundles } = this.#shelf;
    const bundleOf = async ({ file, bundleHash }: Live): Promise<Bundle | null> => {
      const bundle = bundles.get(bundleHash) ?? (await this.#options.weave.bundle(bundleHash));
      bundles.delete(bundleHash);
      if (bundle) return bundle;
      // It is nowhere any more.
      this.#shelf.readAgain(file.path);
      void this.#look();
      return null;
    };
    return this.#weaver.weave(live, bundleOf, (path) => this.#shelf.isGone(path));
  }

  /** Also of what is not live: another file may go, and it takes its place. */
  async #keepBundles(): Promise<void> {
    const { weave, clock } = this.#options;
    const bundles = [...this.#shelf.bundles.values()];
    this.#shelf.bundles.clear();
    const few = new KeyedQueue(AT_A_TIME);
    await Promise.all(bundles.map((bundle) => few.add("", () => untilStored(clock, this.#stop.signal, () => weave.keepBundle(bundle)))));
  }

  /** The same entry where nothing of it changed. */
  #updated(entry: Entry, { held, told }: Pick<Entry, "held" | "told">): Entry {
    const isHeld = held?.bundleHash === entry.held?.bundleHash && (held === null || entry.loadedAt !== null);
    const isTold = JSON.stringify(told) === JSON.stringify(entry.told);
    if (isHeld && isTold) return entry;
    return { ...entry, held, told: isTold ? entry.told : told, loadedAt: isHeld ? entry.loadedAt : this.#options.clock.now() };
  }

  #tellProblems({ file, told, latest, held }: Entry): Promise<void> {
    const workflow = (latest ?? held)?.definitions.find(({ kind }) => kind === "workflow");
    return this.#tell(file, workflow?.id ?? null, told);
  }

  async #tell({ path, root }: Pick<LibraryFile, "path" | "root">, strandId: string | null, problems: LibraryFile["problems"]): Promise<void> {
    const { clock, log, tell } = this.#options;
    const data = { path, root, problems: problems.map((problem) => ({ ...problem })) };
    await tell({ at: clock.now(), type: "workflow.problems", strandId, data }).catch((error: unknown) => log.warn("The problems of a file could not be told", { file: path, error }));
  }

  /** Paths of those that look different now. */
  #showFiles(live: readonly Live[]): string[] {
    const before = new Map(this.#files.map((file) => [file.path, JSON.stringify(file)]));
    const liveOf = Map.groupBy(live, ({ file }) => file.path);
    this.#files = [...this.#shelf.entries.values()].map((entry) => shownFile(entry, liveOf.get(entry.file.path) ?? [])).toSorted((one, other) => (one.path < other.path ? -1 : 1));
    const now = new Map(this.#files.map((file) => [file.path, JSON.stringify(file)]));
    return [...new Set([...before.keys(), ...now.keys()])].filter((path) => now.get(path) !== before.get(path));
  }

  #tellListeners(changed: Parameters<Listener>[0]): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(changed);
      } catch (error) {
        this.#options.log.error("A listener of the library threw", { error });
      }
    }
  }

  async #pruneBundles(): Promise<void> {
    const editions = [...this.#shelf.entries.values()].flatMap(({ latest, held }) => [latest, held]);
    const hashes = editions.flatMap((edition) => edition?.bundleHash ?? []);
    await untilNone(this.#stop.signal, () => this.#options.weave.pruneBundles(hashes));
  }

  /** Says once what folders cannot be read, and which hold too much. */
  #complain({ unreadable, crowded }: Scan): void {
    const closed = unreadable.map(({ folder }) => folder).join();
    const complaint = [closed, ...crowded].join();
    if (complaint !== this.#complaint) {
      if (closed !== "") this.#options.log.warn("Folders of workflows cannot be read; what was live of them stays", { folders: closed, error: unreadable[0]!.error });
      if (crowded.length > 0) this.#options.log.warn("Folders of workflows hold more than Loom looks through, so that a change of code below them may go unseen: keep data elsewhere", { folders: crowded.join() });
    }
    this.#complaint = complaint;
  }
}

function operationsIn(live: readonly Live[]): Map<string, Operation> {
  return new Map(live.flatMap(({ definition, bundleHash }) => (definition.kind === "operation" ? [[definition.id, { facts: definition.facts as OperationFacts, bundleHash }]] : [])));
}

function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
