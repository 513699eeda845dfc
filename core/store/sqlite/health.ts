import type { Clock, Timer } from "../../clock/clock.ts";
import type { StoreHealth, StoreTrouble } from "../healthContract.ts";
import type { Fault } from "./faults.ts";

/** So often something is written while writes fail, so that it is soon known when they no longer do. */
export const PROBE_MS = 1_000;

const TROUBLES = new Set<string | undefined>(["STORE_BUSY", "STORE_UNAVAILABLE", "STORE_CORRUPT"] satisfies StoreTrouble["code"][]);

/** Gathers what answers tell of the database, and finds out for itself when it is well again. */
export class Health implements StoreHealth {
  readonly #clock: Clock;
  readonly #probe: () => Promise<unknown>;
  readonly #listeners = new Set<(trouble: StoreTrouble | null) => void>();
  #damage: StoreTrouble | null = null;
  /** When damage was last told of; as `Clock.mono`. */
  #damagedAt = -Infinity;
  #failing: StoreTrouble | null = null;
  #timer: Timer | null = null;
  #isClosed = false;

  /** @param probe writes something, which is heard of here as every other write is */
  constructor(clock: Clock, probe: () => Promise<unknown>) {
    [this.#clock, this.#probe] = [clock, probe];
  }

  get trouble(): StoreTrouble | null {
    return this.#damage ?? this.#failing;
  }

  on(listener: (trouble: StoreTrouble | null) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** What became of writes that were answered together: other faults than the database's own are none of its business. */
  wrote(faults: readonly Fault[]): void {
    const fault = faults.find(({ code }) => TROUBLES.has(code));
    if (fault) this.#failed(fault.code as StoreTrouble["code"], fault.message);
    else if (this.#failing) this.#change(() => (this.#failing = null));
  }

  /** Damage was found. */
  damaged(message: string): void {
    this.#damagedAt = this.#clock.mono();
    if (!this.#damage) this.#change(() => (this.#damage = { code: "STORE_CORRUPT", message, since: this.#clock.now() }));
  }

  /**
   * The file was looked through and is whole: what was told of it before came of a disk that did not give what is there.
   * @param began when that was begun, as `Clock.mono`
   */
  whole(began: number): void {
    if (this.#damagedAt < began) this.#change(() => (this.#damage = null));
  }

  /** Looks no more. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #failed(code: StoreTrouble["code"], message: string): void {
    if (code === "STORE_CORRUPT") return this.damaged(message);
    if (this.#failing?.code !== code) this.#change(() => (this.#failing = { code, message, since: this.#clock.now() }));
    this.#look();
  }

  #look(): void {
    if (this.#timer || this.#isClosed) return;
    this.#timer = this.#clock.timer(PROBE_MS, () => {
      this.#probe()
        .catch(() => {})
        .finally(() => {
          this.#timer = null;
          if (this.#failing) this.#look();
        });
    });
  }

  #change(change: () => void): void {
    const before = this.trouble;
    change();
    if (this.trouble !== before) for (const listener of [...this.#listeners]) listener(this.trouble);
  }
}
