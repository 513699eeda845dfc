import type { Bundle, WeaveStore } from "../store/contract.ts";

/** Versions under way at once are few; their code may be some megabytes each. */
const KEPT = 32;

/** Code by its hash, read from the store once as long as it is in use. */
export class Versions {
  readonly #weave: Pick<WeaveStore, "bundle">;
  /** Those used last are at the end. */
  readonly #kept = new Map<string, Promise<Bundle | null>>();

  constructor(weave: Pick<WeaveStore, "bundle">) {
    this.#weave = weave;
  }

  /** Null: the store does not have it. */
  get(hash: string): Promise<Bundle | null> {
    const bundle = this.#kept.get(hash) ?? this.#read(hash);
    this.#kept.delete(hash);
    this.#kept.set(hash, bundle);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return bundle;
  }

  #read(hash: string): Promise<Bundle | null> {
    const bundle = this.#weave.bundle(hash);
    const forget = (): void => void (this.#kept.get(hash) === bundle && this.#kept.delete(hash));
    // What is missing now may be there later.
    bundle.then((found) => found ?? forget(), forget);
    return bundle;
  }
}
