/** Lets in as much as there is room for, in the order in which it comes. */
export class Room {
  readonly #most: number;
  readonly #waiting: { readonly size: number; readonly enter: () => void }[] = [];
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Waits until there is room for it. What is larger than all of the room is let in when nothing else is there.
   * @returns to be disposed of as it leaves
   */
  async enter(size: number): Promise<Disposable> {
    if (this.#waiting.length > 0 || !this.#hasRoom(size)) await new Promise<void>((enter) => this.#waiting.push({ size, enter }));
    else this.#taken += size;
    return { [Symbol.dispose]: () => this.#leave(size) };
  }

  #hasRoom(size: number): boolean {
    return this.#taken === 0 || this.#taken + size <= this.#most;
  }

  #leave(size: number): void {
    this.#taken -= size;
    for (let first = this.#waiting[0]; first && this.#hasRoom(first.size); first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#taken += first.size;
      first.enter();
    }
  }
}
