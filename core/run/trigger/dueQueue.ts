/** Which of many is due first. Setting one and taking one cost the logarithm of how many there are. */
export class DueQueue {
  /** A binary heap: no entry is due before its parent, which lies at half its place. */
  readonly #heap: { readonly id: string; at: number }[] = [];
  readonly #places = new Map<string, number>();

  /** Sets when `id` is due; null takes it out. */
  set(id: string, at: number | null): void {
    const place = this.#places.get(id);
    if (at === null) {
      if (place !== undefined) this.#take(place);
      return;
    }
    if (place === undefined) this.#put({ id, at }, this.#heap.length);
    else this.#heap[place]!.at = at;
    this.#settle(this.#places.get(id)!);
  }

  /** When the first is due; null: nothing is. */
  get firstAt(): number | null {
    return this.#heap[0]?.at ?? null;
  }

  /** Takes out all that are due by `now`, soonest first. */
  takeDue(now: number): string[] {
    const due: string[] = [];
    while (this.#heap.length > 0 && this.#heap[0]!.at <= now) due.push(this.#take(0));
    return due;
  }

  #take(place: number): string {
    const { id } = this.#heap[place]!;
    this.#places.delete(id);
    const last = this.#heap.pop()!;
    if (place < this.#heap.length) {
      this.#put(last, place);
      this.#settle(place);
    }
    return id;
  }

  #put(entry: { readonly id: string; at: number }, place: number): void {
    this.#heap[place] = entry;
    this.#places.set(entry.id, place);
  }

  /** Moves an entry up or down to where it belongs. */
  #settle(place: number): void {
    const entry = this.#heap[place]!;
    for (let parent = (place - 1) >> 1; place > 0 && this.#heap[parent]!.at > entry.at; parent = (place - 1) >> 1) {
      this.#put(this.#heap[parent]!, place);
      place = parent;
    }
    for (let child = this.#sooner(2 * place + 1); child < this.#heap.length && this.#heap[child]!.at < entry.at; child = this.#sooner(2 * place + 1)) {
      this.#put(this.#heap[child]!, place);
      place = child;
    }
    this.#put(entry, place);
  }

  /** Of two neighbours the one that is due first. */
  #sooner(left: number): number {
    const right = left + 1;
    return right < this.#heap.length && this.#heap[right]!.at < this.#heap[left]!.at ? right : left;
  }
}
