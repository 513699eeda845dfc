import { describe, expect, it } from "vitest";
import type { Store } from "../../core/store/contract.ts";
import { blindJudgements } from "./sabotage/blindJudgements.ts";
import { blindMoves } from "./sabotage/blindMoves.ts";
import { earlyEvents } from "./sabotage/earlyEvents.ts";
import { patientRuns } from "./sabotage/patientRuns.ts";
import { shiftedPages } from "./sabotage/shiftedPages.ts";
import { sqliteHome } from "./sqliteHome.ts";
import { runCase, storeCases, type Home } from "./store.contract.ts";

/** Each driver breaks one promise; the named cases of the suite have to notice. The true driver passes all of them. */
const sabotaged: readonly { driver: (store: Store) => Store; noticedBy: readonly string[] }[] = [
  { driver: blindMoves, noticedBy: ["of looks taken at once exactly one wins", "of moves made at once exactly one wins", "of those who move a run on at once exactly one wins"] },
  {
    driver: blindJudgements,
    noticedBy: ["a judgement of what is no longer so changes nothing and is counted as lost"],
  },
  { driver: earlyEvents, noticedBy: ["of moves made at once exactly one wins", "who hears of an event finds its change stored"] },
  { driver: shiftedPages, noticedBy: ["pages of any size hold every run once, newest first"] },
  { driver: patientRuns, noticedBy: ["a run under way that its owner no longer names has been lost"] },
];

describe("the store's contract suite fails a driver that is sabotaged", () => {
  for (const { driver, noticedBy } of sabotaged) {
    it.each(noticedBy)(`${driver.name}: %s`, async (name) => {
      const storeCase = storeCases.find((known) => known.name === name);
      if (!storeCase) throw new Error(`the suite has no case '${name}'`);
      await expect(runCase(storeCase, () => spoiltHome(driver))).rejects.toThrow(/expected/);
    });
  }
});

async function spoiltHome(driver: (store: Store) => Store): Promise<Home> {
  const home = await sqliteHome();
  return { ...home, open: async () => driver(await home.open()) };
}
