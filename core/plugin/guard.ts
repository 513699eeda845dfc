import { AsyncLocalStorage } from "node:async_hooks";

/** One generation of a plugin, as whoever runs just now. */
export interface Runner {
  readonly plugin: string;
  readonly generation: number;
}

/**
 * Knows which plugin's code runs: in callbacks and after awaits too. What it starts (promises, sockets, timers)
 * carries its name along.
 */
export class Guard {
  readonly #runners = new AsyncLocalStorage<Runner>();
  readonly #onEnter: (plugin: string | null) => void;

  /** @param onEnter hears whose code runs from now on, synchronously; null: nobody's */
  constructor(onEnter: (plugin: string | null) => void = () => {}) {
    this.#onEnter = onEnter;
  }

  /** Whose code, or whose leftover, this is. */
  get current(): Runner | undefined {
    return this.#runners.getStore();
  }

  run<T>(runner: Runner, fn: () => T): T {
    const before = this.current;
    this.#onEnter(runner.plugin);
    try {
      return this.#runners.run(runner, fn);
    } finally {
      this.#onEnter(before?.plugin ?? null);
    }
  }

  /** Runs Loom's own code that a plugin's call led to: what it starts is not the plugin's. */
  outside<T>(fn: () => T): T {
    return this.#runners.exit(fn);
  }

  /** The same object, whose methods run as the plugin that made it. */
  wrap<T>(runner: Runner, item: T): T {
    if (typeof item !== "object" || item === null) return item;
    // An object of our own in between, because a proxy may not answer for a frozen one.
    return new Proxy(Object.create(item) as T & object, {
      get: (_own, name) => {
        const value: unknown = Reflect.get(item, name, item);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => this.run(runner, () => Reflect.apply(value, item, args) as unknown);
      },
    });
  }
}
