import type { Store } from "../../../core/store/contract.ts";

/** Takes 'none is under way' for 'nothing is known': a run that ended unseen is under way for ever. */
export function patientRuns(store: Store): Store {
  return {
    ...store,
    runs: {
      ...store.runs,
      observe({ running, ...news }) {
        return store.runs.observe(running ? { ...news, running } : news);
      },
    },
  };
}
