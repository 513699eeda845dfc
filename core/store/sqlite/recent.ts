/** Values by id, of which so many are kept: the one that has been there longest goes first. */
export class Recent<T> {
  readonly #most: number;
  readonly #values = new Map<string, T>();

  /** @param most how many are kept */
  constructor(most: number) {
    this.#most = most;
  }

  get(id: string): T | undefined {
    return this.#values.get(id);
  }

  set(id: string, value: T): void {
    this.#values.set(id, value);
    if (this.#values.size > this.#most) for (const first of this.#values.keys()) return void this.#values.delete(first);
  }

  delete(id: string): void {
    this.#values.delete(id);
  }

  clear(): void {
    this.#values.clear();
  }
}
