import type { Move } from "../../../core/run/machine/decision.ts";
import type { Store } from "../../../core/store/contract.ts";

/** Writes without comparing: whatever somebody else has done meanwhile is written over. */
export function blindMoves(store: Store): Store {
  return {
    ...store,
    commands: {
      ...store.commands,
      move: (id, _from, to, at, patch) => store.commands.move(id, ["asked", "sent", "confirmed", "refused", "unknown"], to, at, patch),
    },
    driven: {
      ...store.driven,
      async apply(change) {
        const answer = await store.driven.apply(change);
        const run = (await store.driven.get(change.runId))?.state;
        if (answer.outcome !== "lost" || !run) return answer;
        const asItIs = (move: Move): Move => (move.of === "run" ? { ...move, from: run.status } : { ...move, from: run.steps.get(move.id)?.status ?? move.from });
        return store.driven.apply({ ...change, moves: change.moves.map(asItIs) });
      },
    },
    strands: {
      ...store.strands,
      async applyLook(look) {
        for (;;) {
          const expectedLook = (await store.sources.list()).find((source) => source.id === look.sourceId)?.look ?? 0;
          const answer = await store.strands.applyLook({ ...look, expectedLook });
          if (answer.outcome !== "lost") return answer;
        }
      },
    },
  };
}
