import type { Clock } from "../../clock/clock.ts";
import type { Bundle } from "../../store/contract.ts";
import type { Reading } from "../reading.ts";
import type { ReaderOptions } from "../reader.ts";
import { isInside, readSource, type SourceFile } from "../sources.ts";
import type { Edition } from "./arrange.ts";
import { crowdedOut, isBroken, isCurrent, loaded, refused, unread, type Entry } from "./entry.ts";
import { Readers } from "./readers.ts";
import type { Scan } from "./scan.ts";

/** A save is often several writes: what looks broken, or gone, is looked at again after so long before it counts. */
export const DOUBT_MS = 50;

/** Of what all files hold together, in bytes of JSON: it is in memory some ten times over. */
const MOST_BYTES = 33_554_432;

export interface ShelfOptions {
  readonly clock: Clock;
  /** For the processes that load files. */
  readonly reader: ReaderOptions;
  /** What counted last of a file that nothing is remembered of. */
  readonly heldOf: (path: string) => Edition | null;
  /** Does `act`, which changes the shelf, when nothing else does. */
  readonly later: (act: () => void) => Promise<void>;
  /** Of what all files hold together, in bytes of JSON. */
  readonly mostBytes?: number;
}

/** What looked broken (an entry) or gone (null) when it was last looked at. */
interface Doubt {
  readonly entry: Entry | null;
  readonly since: number;
}

interface Slow {
  readonly stamp: string;
  readonly over: Promise<void>;
  readonly abandon: () => void;
}

/** All files of both roots, as they were when they were last read. */
export class Shelf implements AsyncDisposable {
  readonly #options: ShelfOptions;
  readonly #readers: Readers;
  readonly #entries = new Map<string, Entry>();
  readonly #doubts = new Map<string, Doubt>();
  readonly #slow = new Map<string, Slow>();
  readonly #bundles = new Map<string, Bundle>();
  /** Of what they hold, in JSON. */
  #bytes = 0;
  #unreadable: Scan["unreadable"] = [];
  #isOver = false;

  constructor(options: ShelfOptions) {
    this.#options = options;
    this.#readers = new Readers(options.reader);
  }

  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries;
  }

  /** Code that was read and is not stored yet, by its hash. */
  get bundles(): Map<string, Bundle> {
    return this.#bundles;
  }

  /** Whether a look in `DOUBT_MS` may show more. */
  get isInDoubt(): boolean {
    return this.#doubts.size > 0;
  }

  /** Ends when the slow files that are being read now have been taken in; null: there are none. */
  get slow(): Promise<unknown> | null {
    return this.#slow.size > 0 ? Promise.all([...this.#slow.values()].map(({ over }) => over)) : null;
  }

  /** Adds a file, or takes its place. */
  put(entry: Entry): void {
    this.#bytes += bytesOf(entry.latest) - this.#bytesAt(entry.file.path);
    this.#entries.set(entry.file.path, entry);
  }

  /** This file, or each one, is read at the next look, whether or not it was written. */
  readAgain(path?: string): void {
    for (const entry of this.#entries.values()) if (path === undefined || entry.file.path === path) this.put({ ...entry, inputs: null });
    // Of those that leave there is nothing to be read.
    if (path === undefined) for (const [known, { entry }] of this.#doubts) if (entry) this.#doubts.delete(known);
  }

  /** Files are there that are not known yet: they are read right now, or could not be. */
  get isUnclear(): boolean {
    return this.#slow.size > 0 || [...this.#doubts.values()].some(({ entry }) => entry !== null);
  }

  /** When it was first seen to be missing: it is gone, or was renamed, or is about to be written anew. Null: it is there, or unknown. */
  leftAt(path: string): number | null {
    const doubt = this.#doubts.get(path);
    return doubt?.entry === null ? doubt.since : null;
  }

  /** Whether nothing is known to be there: neither a file that could be read, nor one that could not be. */
  isGone(path: string): boolean {
    return !this.#doubts.has(path) && !this.#slow.has(path) && this.#isReadable(path);
  }

  /** Paths of the files that export nothing, and that no other file imports. */
  strays(): ReadonlySet<string> {
    const imported = new Set<string>();
    for (const { file, inputs } of this.#entries.values()) for (const path in inputs) if (path !== file.path) imported.add(path);
    const silent = [...this.#entries.values()].filter(({ latest }) => latest?.definitions.length === 0);
    return new Set(silent.map(({ file }) => file.path).filter((path) => !imported.has(path)));
  }

  /** Reads what was written since it was last read. What is slow goes on after this has ended. */
  async takeIn(scan: Scan): Promise<void> {
    this.#unreadable = scan.unreadable;
    this.#doubtMissing(scan);
    for (const entry of this.#entries.values()) if (typeof entry.wants === "number" && this.#bytes + entry.wants <= this.#mostBytes) this.put({ ...entry, inputs: null });
    for (const file of scan.sources) if (!this.#isOver) await this.#takeInFile(file, scan);
  }

  /** A file is likely to come. */
  expect(): void {
    if (!this.#isOver) this.#readers.warm();
  }

  /** Lets go of the process that reads; the next file brings up a new one. */
  rest(): void {
    this.#readers.rest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#readers[Symbol.asyncDispose]();
  }

  #doubtMissing(scan: Scan): void {
    const present = new Set(scan.sources.map(({ path }) => path));
    // Nothing goes while it is not clear what comes: it may have been renamed.
    const { isUnclear } = this;
    const known = new Set([...this.#entries.keys(), ...this.#doubts.keys(), ...this.#slow.keys()]);
    for (const path of [...known].filter((one) => !present.has(one) && this.#isReadable(one))) {
      const doubt = this.#doubts.get(path);
      if (!this.#entries.has(path) || (doubt?.entry === null && this.#isOld(doubt, scan) && !isUnclear)) this.#forget(path);
      else if (doubt?.entry !== null) this.#leave(path);
    }
  }

  #leave(path: string): void {
    this.#abandon(path);
    this.#doubts.set(path, this.#doubtNow(null));
  }

  get #mostBytes(): number {
    return this.#options.mostBytes ?? MOST_BYTES;
  }

  #bytesAt(path: string): number {
    return bytesOf(this.#entries.get(path)?.latest ?? null);
  }

  #forget(path: string): void {
    this.#abandon(path);
    this.#bytes -= this.#bytesAt(path);
    for (const known of [this.#doubts, this.#entries]) known.delete(path);
  }

  #abandon(path: string): void {
    this.#slow.get(path)?.abandon();
    this.#slow.delete(path);
  }

  async #takeInFile(file: SourceFile, scan: Scan): Promise<void> {
    const slow = this.#slow.get(file.path);
    if (slow?.stamp === scan.stampOf(file.path)) return;
    const doubt = this.#doubts.get(file.path);
    const known = doubt?.entry ?? this.#entries.get(file.path);
    if (!slow && known && isCurrent(known, scan)) return this.#confirm(known, doubt, scan);
    this.#abandon(file.path);
    await this.#read(this.#entries.get(file.path) ?? unread(file, this.#options.heldOf(file.path)), scan);
  }

  /** It is as it was when it was last looked at. */
  #confirm(known: Entry, doubt: Doubt | undefined, scan: Scan): void {
    if (!doubt || (doubt.entry && !this.#isOld(doubt, scan))) return;
    this.put(known);
    this.#doubts.delete(known.file.path);
  }

  async #read(before: Entry, scan: Scan): Promise<void> {
    const text = await readSource(before.file);
    if (typeof text !== "string") return this.#take(refused(before, text, scan), null);
    const read = await this.#readers.read(before.file);
    if ("reading" in read) return this.#take(loaded(before, text, read.reading, scan), read.reading);
    const { path } = before.file;
    const over = read.later.then((reading) =>
      this.#options.later(() => {
        if (this.#slow.get(path) !== slow) return;
        this.#slow.delete(path);
        this.#take(loaded(this.#entries.get(path) ?? before, text, reading, scan), reading);
      }),
    );
    const slow: Slow = { stamp: scan.stampOf(path), over, abandon: read.abandon };
    this.#slow.set(path, slow);
  }

  #take(read: Entry, reading: Reading | null): void {
    if (this.#isOver) return;
    const bytes = bytesOf(read.latest);
    const isRoom = this.#bytes - this.#bytesAt(read.file.path) + bytes <= this.#mostBytes;
    const entry = bytes === 0 || isRoom ? read : crowdedOut(read, bytes, this.#mostBytes);
    if (entry.latest && reading?.bundle) this.#bundles.set(reading.bundle.hash, reading.bundle);
    if (isBroken(entry)) return void this.#doubts.set(entry.file.path, this.#doubtNow(entry));
    this.#doubts.delete(entry.file.path);
    this.put(entry);
  }

  #doubtNow(entry: Entry | null): Doubt {
    return { entry, since: this.#options.clock.mono() };
  }

  /** Whether it was looked at again after long enough, however long the reading of others took since. */
  #isOld({ since }: Doubt, { at }: Scan): boolean {
    return at - since >= DOUBT_MS;
  }

  #isReadable(path: string): boolean {
    return !this.#unreadable.some(({ folder }) => isInside(path, folder));
  }
}

/** Looked up often, and long to be found. */
const sizes = new WeakMap<Edition, number>();

function bytesOf(edition: Edition | null): number {
  if (edition === null) return 0;
  const known = sizes.get(edition) ?? Buffer.byteLength(JSON.stringify(edition.definitions));
  sizes.set(edition, known);
  return known;
}
