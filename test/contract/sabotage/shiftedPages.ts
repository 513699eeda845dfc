import type { Store } from "../../../core/store/contract.ts";

/** Begins each further page one run too late. */
export function shiftedPages(store: Store): Store {
  return {
    ...store,
    runs: {
      ...store.runs,
      async list(filter) {
        if (filter.cursor == null) return store.runs.list(filter);
        const page = await store.runs.list({ ...filter, limit: filter.limit + 1 });
        return { ...page, items: page.items.slice(1) };
      },
    },
  };
}
