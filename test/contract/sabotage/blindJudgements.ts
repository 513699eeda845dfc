import type { Judgement, Store } from "../../../core/store/contract.ts";

/** Judges an occurrence whatever it is by now, even one that a run has met meanwhile. */
export function blindJudgements(store: Store): Store {
  return {
    ...store,
    occurrences: {
      ...store.occurrences,
      async settle({ judge = [], ...change }) {
        const { items } = await store.occurrences.list({ strandId: change.strandId, limit: 1000 });
        const asItIs = (judgement: Judgement): Judgement => ({ ...judgement, from: items.find((known) => known.dueAt === judgement.dueAt)?.status ?? judgement.from });
        return store.occurrences.settle({ ...change, judge: judge.map(asItIs) });
      },
    },
  };
}
