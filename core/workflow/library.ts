import { mkdir, realpath } from "node:fs/promises";
import type { Clock, Timer } from "../clock/clock.ts";
import type { Problem } from "../errors/loomError.ts";
import type { Log } from "../log/log.ts";
import { watchFolders, type FolderWatch } from "../modules/watch.ts";
import type { Bundle, KvStore, NewEvent, WeaveStore } from "../store/contract.ts";
import { untilStored } from "../store/untilStored.ts";
import { loomVersion } from "../version.ts";
import { atKey, exportsNothing } from "./fileProblems.ts";
import type { OperationFacts } from "./facts.ts";
import { arrange, type Live } from "./library/arrange.ts";
import { isBroken, isCurrent, loaded, refused, toProblem, unread, type Entry } from "./library/entry.ts";
import { Memory } from "./library/memory.ts";
import { Readers } from "./library/readers.ts";
import { scanRoots, type Scan } from "./library/scan.ts";
import { Weaver, type KnownStrand } from "./library/weaver.ts";
import type { CurrentWorkflow, Library, LibraryFile } from "./libraryContract.ts";
import type { Reading } from "./reading.ts";
import { isInside, placesIn, readSource, type Roots, type SourceFile } from "./sources.ts";
import type { Clash } from "./together.ts";

/** A save is often several writes: what looks broken, or gone, is looked at again after so long before anybody is told. */
const DOUBT_MS = 50;
const PRUNE_MS = 3_600_000;
/** Raised when the same file comes to be read differently. */
const READER = 1;

export interface LibraryOptions {
  readonly roots: Roots;
  readonly weave: Pick<WeaveStore, "lay" | "remove" | "keepBundle" | "bundle" | "pruneBundles">;
  readonly strands: { all(): Promise<readonly KnownStrand[]> };
  /** What is known of files is kept here, so that a start reads only those that changed. */
  readonly kv: KvStore;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Log;
  /** IANA name; for schedules that name none. */
  readonly hostZone: string;
  /** Appends an event; `workflow.problems` tells what keeps a file from being live. */
  readonly tell: (event: NewEvent) => Promise<void>;
  /** Whether the folders are watched. Default true. */
  readonly watch?: boolean;
}

export interface RunningLibrary extends Library {
  /** Makes the user's folders and brings the store to what lies in the roots. Resolves when that is live. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A library that has not looked anywhere yet; `start` does. */
export function createLibrary(options: LibraryOptions): RunningLibrary {
  return new FileLibrary(options);
}

/** What looked broken (an entry) or gone (null) when it was last looked at. */
interface Doubt {
  readonly entry: Entry | null;
  readonly since: number;
}

interface Slow {
  readonly stamp: string;
  readonly over: Promise<unknown>;
  readonly abandon: () => void;
}

type Operation = NonNullable<ReturnType<Library["operation"]>>;

class FileLibrary implements RunningLibrary {
  readonly #options: LibraryOptions;
  readonly #readers: Readers;
  readonly #memory: Memory;
  readonly #weaver: Weaver;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<Parameters<Library["on"]>[0]>();
  #roots: Roots;
  #entries = new Map<string, Entry>();
  readonly #doubts = new Map<string, Doubt>();
  readonly #slow = new Map<string, Slow>();
  /** Code that was read and is not stored yet, by its hash. */
  readonly #fresh = new Map<string, Bundle>();
  #live = new Map<string, Live>();
  #operations = new Map<string, Operation>();
  /** Each file as listeners know it. */
  #shown = new Map<string, string>();
  #watch: FolderWatch | null = null;
  #prune: Timer | null = null;
  #again: Timer | null = null;
  #unreadable: Scan["unreadable"] = [];
  /** All that is done is done one after the other; this is the last of it. */
  #work: Promise<void> = Promise.resolve();
  #asked: Promise<void> | null = null;

  constructor(options: LibraryOptions) {
    this.#options = options;
    this.#roots = options.roots;
    this.#readers = new Readers(options.clock, options.hostZone);
    this.#memory = new Memory(options.kv, `${READER} ${loomVersion()} ${options.hostZone}`);
    this.#weaver = new Weaver({ ...options, stop: this.#stop.signal });
  }

  async start(): Promise<void> {
    const { roots, clock, log, watch = true } = this.#options;
    this.#roots = { shipped: await real(roots.shipped), home: await real(roots.home) };
    const folders = placesIn(this.#roots).map(({ folder }) => folder);
    // Where that cannot be, the look says so.
    for (const folder of folders.filter((one) => isInside(one, this.#roots.home))) await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => {});
    await this.#weaver.start();
    // What is laid down is what counted last, also where Loom ended before it could remember that.
    for (const [path, entry] of await this.#memory.load()) {
      const laid = this.#weaver.editionOf(path);
      this.#entries.set(path, laid && laid.bundleHash !== entry.held?.bundleHash ? { ...entry, held: laid } : entry);
    }
    await this.#look();
    if (this.#stop.signal.aborted) return;
    this.#prune = clock.interval(PRUNE_MS, () => void this.#add(() => this.#pruneBundles()));
    if (watch) this.#watch = await watchFolders({ folders, clock, log, onHint: () => void this.#look() });
    if (this.#stop.signal.aborted) await this.#watch?.close();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#again?.cancel();
    this.#prune?.cancel();
    await this.#watch?.close();
    await this.#readers[Symbol.asyncDispose]();
    await this.#work;
    // What was being read when it was ended has brought up a new one.
    await this.#readers[Symbol.asyncDispose]();
  }

  files(): readonly LibraryFile[] {
    return [...this.#entries.values()].toSorted((one, other) => (one.file.path < other.file.path ? -1 : 1)).map((entry) => this.#fileOf(entry));
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
    await this.#add(async () => {
      this.#doubts.clear();
      for (const [path, entry] of this.#entries) this.#entries.set(path, { ...entry, inputs: null });
    });
    await this.#look();
    while (this.#doubts.size + this.#slow.size > 0 && !this.#stop.signal.aborted) {
      await (this.#doubts.size > 0 ? this.#options.clock.sleep(DOUBT_MS, this.#stop.signal).catch(() => {}) : Promise.all([...this.#slow.values()].map(({ over }) => over)));
      await this.#look();
    }
    return this.files();
  }

  on(listener: Parameters<Library["on"]>[0]): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Looks at everything once more; those who ask before that has begun share one look. */
  #look(): Promise<void> {
    return (this.#asked ??= this.#add(async () => {
      this.#asked = null;
      await this.#takeIn();
    }));
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

  async #takeIn(): Promise<void> {
    const { clock, log } = this.#options;
    const scan = await scanRoots(this.#roots);
    for (const { folder, error } of scan.unreadable) log.warn("A folder cannot be read; what was live of it stays", { folder, error });
    this.#unreadable = scan.unreadable;
    this.#doubtMissing(scan);
    for (const file of scan.sources) await this.#takeInFile(file, scan);
    await this.#settle();
    this.#again?.cancel();
    if (this.#doubts.size > 0) this.#again = clock.timer(DOUBT_MS, () => void this.#look());
  }

  #doubtMissing(scan: Scan): void {
    const present = new Set(scan.sources.map(({ path }) => path));
    // Nothing goes while it is not clear what comes: it may have been renamed.
    const isUnclear = [...this.#doubts.values()].some(({ entry }) => entry !== null);
    const known = new Set([...this.#entries.keys(), ...this.#doubts.keys(), ...this.#slow.keys()]);
    for (const path of [...known].filter((one) => !present.has(one) && this.#isReadable(one))) {
      const doubt = this.#doubts.get(path);
      if (!this.#entries.has(path) || (doubt?.entry === null && this.#isOld(doubt) && !isUnclear)) this.#forget(path);
      else if (doubt?.entry !== null) this.#doubts.set(path, { entry: null, since: this.#options.clock.mono() });
    }
  }

  #forget(path: string): void {
    this.#slow.get(path)?.abandon();
    for (const known of [this.#slow, this.#doubts, this.#entries]) known.delete(path);
  }

  async #takeInFile(file: SourceFile, scan: Scan): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const slow = this.#slow.get(file.path);
    if (slow?.stamp === scan.stampOf(file.path)) return;
    const doubt = this.#doubts.get(file.path);
    const known = doubt?.entry ?? this.#entries.get(file.path);
    if (!slow && known && isCurrent(known, scan)) return this.#confirm(file.path, doubt);
    slow?.abandon();
    this.#slow.delete(file.path);
    await this.#read(this.#entries.get(file.path) ?? unread(file, this.#weaver.editionOf(file.path)), scan);
  }

  /** It is as it was when it was read. */
  #confirm(path: string, doubt: Doubt | undefined): void {
    if (!doubt || (doubt.entry && !this.#isOld(doubt))) return;
    if (doubt.entry) this.#entries.set(path, doubt.entry);
    this.#doubts.delete(path);
  }

  async #read(before: Entry, scan: Scan): Promise<void> {
    const { path } = before.file;
    const text = await readSource(before.file);
    if (typeof text !== "string") return this.#take(refused(before, text, scan), null);
    const read = await this.#readers.read(before.file);
    if ("reading" in read) return this.#take(loaded(before, text, read.reading, scan), read.reading);
    const over = read.later.then((reading) =>
      this.#add(async () => {
        if (this.#slow.get(path) !== slow) return;
        this.#slow.delete(path);
        this.#take(loaded(this.#entries.get(path) ?? before, text, reading, scan), reading);
        await this.#settle();
        void this.#look();
      }),
    );
    const slow: Slow = { stamp: scan.stampOf(path), over, abandon: read.abandon };
    this.#slow.set(path, slow);
  }

  #take(entry: Entry, reading: Reading | null): void {
    const { path } = entry.file;
    if (this.#stop.signal.aborted) return;
    if (entry.latest && reading?.bundle) this.#fresh.set(reading.bundle.hash, reading.bundle);
    if (isBroken(entry)) return void this.#doubts.set(path, { entry, since: this.#options.clock.mono() });
    this.#doubts.delete(path);
    this.#entries.set(path, entry);
  }

  /** Makes live what goes together, and tells of all that changed by that. */
  async #settle(): Promise<void> {
    const { log } = this.#options;
    const strays = new Set([...this.#entries.values()].filter((entry) => this.#isStray(entry)).map(({ file }) => file.path));
    const files = [...this.#entries].map(([path, entry]) => ({ ...entry, latest: strays.has(path) ? null : entry.latest, isLeaving: this.#doubts.get(path)?.entry === null }));
    const { editions, live, clashes } = arrange(files);
    for (const [path, entry] of this.#entries) {
      const told = [...entry.problems, ...(strays.has(path) ? [toProblem(entry.file, exportsNothing(entry.file))] : []), ...(await clashProblems(clashes.filter(({ file }) => file.path === path)))];
      await this.#update(entry, { held: editions.get(path) ?? entry.held, told });
    }
    const workflows = await this.#weave(live.filter(({ definition }) => definition.kind === "workflow"));
    await this.#keepBundles();
    this.#live = new Map(live.map((one) => [keyOf(one.definition), one]));
    this.#operations = new Map(live.flatMap(({ definition, bundleHash }) => (definition.kind === "operation" ? [[definition.id, { facts: definition.facts as OperationFacts, bundleHash }]] : [])));
    const shown = new Map(this.files().map((file) => [file.path, JSON.stringify(file)]));
    const changed = [...new Set([...this.#shown.keys(), ...shown.keys()])].filter((path) => shown.get(path) !== this.#shown.get(path));
    this.#shown = shown;
    if (workflows.length + changed.length > 0) this.#tellListeners({ workflows, files: changed });
    await this.#memory.save(this.#entries).catch((error: unknown) => log.warn("What is known of workflows' files could not be kept", { error }));
  }

  async #update(entry: Entry, { held, told }: Pick<Entry, "held" | "told">): Promise<void> {
    const { path } = entry.file;
    const isSame = held?.bundleHash === entry.held?.bundleHash;
    const isTold = JSON.stringify(told) === JSON.stringify(entry.told);
    if (isSame && isTold && entry.loadedAt !== null) return;
    const loadedAt = held === null ? null : isSame ? (entry.loadedAt ?? this.#options.clock.now()) : this.#options.clock.now();
    if (isSame && isTold && loadedAt === entry.loadedAt) return;
    this.#entries.set(path, { ...entry, held, told, loadedAt });
    if (!isTold) await this.#tellProblems(this.#entries.get(path)!);
  }

  async #tellProblems({ file, told, latest, held }: Entry): Promise<void> {
    const { clock, log, tell } = this.#options;
    const workflow = (latest ?? held)?.definitions.find(({ kind }) => kind === "workflow");
    const data = { path: file.path, root: file.root, problems: told.map((problem) => ({ ...problem })) };
    await tell({ at: clock.now(), type: "workflow.problems", strandId: workflow?.id ?? null, data }).catch((error: unknown) => log.warn("The problems of a file could not be told", { file: file.path, error }));
  }

  #weave(live: readonly Live[]): Promise<string[]> {
    const bundleOf = async ({ file, bundleHash }: Live): Promise<Bundle | null> => {
      const bundle = this.#fresh.get(bundleHash) ?? (await this.#options.weave.bundle(bundleHash));
      if (!bundle) this.#readAgain(file.path);
      return bundle;
    };
    return this.#weaver.weave(live, bundleOf, (path) => this.#isReadable(path) && !this.#doubts.has(path) && !this.#slow.has(path));
  }

  /** Its code is nowhere any more. */
  #readAgain(path: string): void {
    const entry = this.#entries.get(path);
    if (entry) this.#entries.set(path, { ...entry, inputs: null });
    void this.#look();
  }

  /** Also of what is not live: another file may go, and it takes its place. */
  async #keepBundles(): Promise<void> {
    const { weave, clock } = this.#options;
    const bundles = [...this.#fresh.values()];
    this.#fresh.clear();
    await Promise.all(bundles.map((bundle) => untilStored(clock, this.#stop.signal, () => weave.keepBundle(bundle))));
  }

  async #pruneBundles(): Promise<void> {
    await this.#options.weave.pruneBundles([...this.#entries.values()].flatMap(({ latest, held }) => [latest, held].flatMap((edition) => edition?.bundleHash ?? [])));
  }

  #tellListeners(changed: Parameters<Parameters<Library["on"]>[0]>[0]): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(changed);
      } catch (error) {
        this.#options.log.error("A listener of the library threw", { error });
      }
    }
  }

  #fileOf({ file, held, latest, told, loadedAt }: Entry): LibraryFile {
    const definitions = (held ?? latest)?.definitions ?? [];
    const holds = definitions.map((definition) => ({ kind: definition.kind, id: definition.id, live: this.#live.get(keyOf(definition))?.file.path === file.path }));
    return { path: file.path, root: file.root, holds, problems: told, loadedAt };
  }

  /** It exports nothing, and no other file imports it. */
  #isStray({ file, latest }: Entry): boolean {
    return latest?.definitions.length === 0 && ![...this.#entries.values()].some((other) => other.file !== file && other.inputs !== null && file.path in other.inputs);
  }

  #isReadable(path: string): boolean {
    return !this.#unreadable.some(({ folder }) => isInside(path, folder));
  }

  #isOld({ since }: Doubt): boolean {
    return this.#options.clock.mono() - since >= DOUBT_MS;
  }
}

function keyOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind} ${id}`;
}

async function clashProblems(clashes: readonly Clash[]): Promise<Problem[]> {
  if (clashes.length === 0) return [];
  const { file } = clashes[0]!;
  const text = await readSource(file);
  return clashes.map(({ definition, problem }) => toProblem(file, atKey(file, typeof text === "string" ? text : "", definition, problem)));
}

function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
