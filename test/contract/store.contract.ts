import { describe, it } from "vitest";
import type { Store } from "../../core/store/contract.ts";
import { accessCases } from "./cases/access.ts";
import { changeCases } from "./cases/changes.ts";
import { commandCases } from "./cases/commands.ts";
import { durabilityCases } from "./cases/durability.ts";
import { durationCases } from "./cases/durations.ts";
import { drivenFactCases } from "./cases/drivenFacts.ts";
import { drivenOutputCases } from "./cases/drivenOutputs.ts";
import { drivenRunCases } from "./cases/drivenRuns.ts";
import { endCases } from "./cases/ends.ts";
import { eventCases } from "./cases/events.ts";
import { goneCases } from "./cases/gone.ts";
import { lookCases } from "./cases/looks.ts";
import { occurrenceCases } from "./cases/occurrences.ts";
import { outputCases } from "./cases/outputs.ts";
import { pauseCases } from "./cases/pauses.ts";
import { pagingCases } from "./cases/paging.ts";
import { runCases } from "./cases/runs.ts";
import { historyCases } from "./cases/history.ts";
import { smallCases } from "./cases/small.ts";
import { sourceCases } from "./cases/sources.ts";
import { strandCases } from "./cases/strands.ts";
import { wovenCases } from "./cases/woven.ts";
import { upkeepCases } from "./cases/upkeep.ts";

/** A database of its own for one case. */
export interface Home {
  /** Opens a store on it; opening again after closing finds what was there. */
  open(): Promise<Store>;
  /** Throws the database away. */
  dispose(): Promise<void>;
}

export interface Stage {
  /** An open store on an empty database. */
  readonly store: Store;
  /** Closes the store and opens the same database again. */
  reopen(): Promise<Store>;
}

/** One promise of the store. The suite is data, so that the sabotage test can run it as well. */
export interface StoreCase {
  readonly name: string;
  run(stage: Stage): Promise<void>;
}

export const storeCases: readonly StoreCase[] = [
  ...accessCases,
  ...sourceCases,
  ...lookCases,
  ...goneCases,
  ...changeCases,
  ...strandCases,
  ...runCases,
  ...endCases,
  ...historyCases,
  ...durationCases,
  ...outputCases,
  ...occurrenceCases,
  ...pagingCases,
  ...wovenCases,
  ...drivenRunCases,
  ...drivenFactCases,
  ...drivenOutputCases,
  ...commandCases,
  ...pauseCases,
  ...eventCases,
  ...smallCases,
  ...durabilityCases,
  ...upkeepCases,
];

export function describeStoreContract(name: string, makeHome: () => Promise<Home>): void {
  describe(`${name} keeps the store's contract`, () => {
    for (const storeCase of storeCases) it(storeCase.name, () => runCase(storeCase, makeHome));
  });
}

/** Runs one case on a database of its own; rejects when the promise is broken. */
export async function runCase(storeCase: StoreCase, makeHome: () => Promise<Home>): Promise<void> {
  const home = await makeHome();
  let store = await home.open();
  try {
    await storeCase.run({
      store,
      async reopen() {
        await store.close();
        return (store = await home.open());
      },
    });
  } finally {
    await store.close();
    await home.dispose();
  }
}
