import type { LoomEvent } from "../../../core/plugin/contract.ts";
import type { Store } from "../../../core/store/contract.ts";

/** Tells of a command's move before it is written, and so also of one that is then lost. */
export function earlyEvents(store: Store): Store {
  const listeners = new Set<(events: readonly LoomEvent[]) => void>();
  const isTold = (event: LoomEvent): boolean => event.type === "command.sent";
  return {
    ...store,
    commands: {
      ...store.commands,
      async move(id, from, to, at, patch) {
        const early = { seq: (await store.events.last()) + 1, at, type: `command.${to}`, strandId: null, runId: null, data: {} };
        for (const listener of listeners) listener([early]);
        // Whatever the listeners read was asked for before this, and is read before it.
        await store.events.last();
        return store.commands.move(id, from, to, at, patch);
      },
    },
    onCommit(listener) {
      listeners.add(listener);
      const stop = store.onCommit((events) => listener(events.filter((event) => !isTold(event))));
      return () => {
        listeners.delete(listener);
        stop();
      };
    },
  };
}
