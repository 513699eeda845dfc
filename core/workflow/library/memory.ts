import { KeyedQueue } from "../../keyedQueue.ts";
import type { Json } from "../../mirror/contract.ts";
import type { KvStore } from "../../store/contract.ts";
import type { Entry } from "./entry.ts";

const OWNER = "loom:library";
const INDEX = "files";
/** So many are written at a time: each is in memory more than once meanwhile. */
const AT_A_TIME = 16;

interface Index {
  /** What besides the files decides about what is read in them. */
  readonly reader: string;
  readonly paths: readonly string[];
}

/** Keeps what is known of files, so that a start reads none that has not changed, but those that may be well by now. */
export class Memory {
  readonly #kv: KvStore;
  readonly #reader: string;
  #saved = new Map<string, Entry>();
  #isIndexed = false;

  /** @param reader what was remembered under another name has to be read again */
  constructor(kv: KvStore, reader: string) {
    this.#kv = kv;
    this.#reader = reader;
  }

  async load(): Promise<ReadonlyMap<string, Entry>> {
    const index = (await this.#kv.get(OWNER, INDEX)) as unknown as Index | undefined;
    const entries = await Promise.all((index?.paths ?? []).map((path) => this.#kv.get(OWNER, path) as Promise<Entry | undefined>));
    this.#isIndexed = index?.reader === this.#reader;
    const isKnown = ({ mayPass = false }: Entry): boolean => this.#isIndexed && !mayPass;
    this.#saved = new Map(entries.flatMap((entry) => (entry ? [[entry.file.path, isKnown(entry) ? entry : { ...entry, inputs: null }]] : [])));
    return new Map(this.#saved);
  }

  /** Writes those that are not the ones that were loaded or saved last. */
  async save(entries: ReadonlyMap<string, Entry>): Promise<void> {
    const before = this.#saved;
    const changed = [...entries].filter(([path, entry]) => before.get(path) !== entry);
    const gone = [...before.keys()].filter((path) => !entries.has(path));
    this.#isIndexed &&= gone.length === 0 && changed.every(([path]) => before.has(path));
    this.#saved = new Map(entries);
    const few = new KeyedQueue(AT_A_TIME);
    await Promise.all([
      ...changed.map(([path, entry]) => few.add("", () => this.#kv.set(OWNER, path, entry as unknown as Json))),
      ...gone.map((path) => this.#kv.delete(OWNER, path)),
      ...(this.#isIndexed ? [] : [this.#kv.set(OWNER, INDEX, { reader: this.#reader, paths: [...entries.keys()] })]),
    ]);
    this.#isIndexed = true;
  }
}
