import type { Clock } from "../clock/clock.ts";

/** Lets one loop wait until somebody rings, or until it is time anyway. Rings while nobody waits are kept as one. */
export class Doorbell {
  readonly #clock: Clock;
  #rung = false;
  #open: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#open?.();
  }

  /** Resolves at the next ring, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.timer(ms, resolve);
        this.#open = () => {
          timer.cancel();
          resolve();
        };
      });
      this.#open = null;
    }
    this.#rung = false;
  }
}
