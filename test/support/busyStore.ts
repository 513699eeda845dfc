import type { Store } from "../../core/store/contract.ts";

/**
 * A store that tells whether an answer of it is awaited: a test that moves the clock must not let time pass while the
 * database, which lives in real time, is at work.
 */
export function busyStore(store: Store): { store: Store; busy: () => boolean } {
  let open = 0;
  const counted = (target: object): object =>
    new Proxy(target, {
      get(_target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value === "object" && value !== null) return counted(value);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const answer: unknown = Reflect.apply(value, target, args);
          if (!(answer instanceof Promise)) return answer;
          open++;
          return answer.finally(() => open--);
        };
      },
    });
  return { store: counted(store) as Store, busy: () => open > 0 };
}
