import { expect } from "vitest";
import type { ObservedRuns, Store } from "../../../core/store/contract.ts";
import { aRun, T, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

type News = Omit<ObservedRuns, "strandId" | "at">;

const underWay: News = { finished: [], running: { key: "k", startedAt: T } };
/** The owner names no run any more and tells no end: the run is concluded to be lost. */
const gone: News = { finished: [], running: null };
const interrupted: News = { finished: [aRun("k", { status: "failed", code: "interrupted", error: "gateway restart" })], running: null };
const succeeded: News = { finished: [aRun("k")], running: null };
const imported = (news: News): News => ({ finished: news.finished, beforeFirstSight: true });

interface Journey {
  readonly name: string;
  readonly looks: readonly News[];
  /** Events of the run and its steps: the type, and of a run's the status that it tells. */
  readonly told: readonly string[];
}

const began = ["run.started", "step.started"];
const failed = ["step.failed", "step.skipped", "run.finished failed"];

const journeys: readonly Journey[] = [
  {
    name: "a run that was lost and is told of later ends once, and is corrected once",
    looks: [underWay, gone, succeeded, succeeded],
    told: [...began, ...failed, "run.corrected succeeded"],
  },
  {
    name: "a run that was lost, then taken for interrupted, then told of is corrected twice",
    looks: [underWay, gone, interrupted, succeeded],
    told: [...began, ...failed, "run.corrected failed", "run.corrected succeeded"],
  },
  {
    name: "a run that its owner took for interrupted and tells of later ends once, and is corrected once",
    looks: [underWay, interrupted, interrupted, succeeded, interrupted],
    told: [...began, "step.completed", "step.skipped", "run.finished failed", "run.corrected succeeded"],
  },
  {
    name: "a lost run that is under way after all neither begins nor ends a second time",
    looks: [underWay, gone, underWay, underWay, succeeded],
    told: [...began, ...failed, "run.corrected running", "run.corrected succeeded"],
  },
  {
    name: "a run that is lost twice ends once",
    looks: [underWay, gone, underWay, gone, underWay, interrupted, succeeded],
    told: [...began, ...failed, ...["running", "failed", "running", "failed", "succeeded"].map((status) => `run.corrected ${status}`)],
  },
  {
    name: "an imported end is told by no event, what takes its place is a correction",
    looks: [imported(interrupted), succeeded],
    told: ["run.corrected succeeded"],
  },
  {
    name: "a run whose begin was told ends aloud, although it ended before its strand was first seen",
    looks: [underWay, imported(succeeded)],
    told: [...began, "step.completed", "step.skipped", "run.finished succeeded"],
  },
];

/** Of every run: one `run.started` and one `run.finished` at most, and only `run.corrected` after that. */
export const endCases: readonly StoreCase[] = journeys.map(({ name, looks, told }) => ({
  name,
  async run({ store }) {
    await withStrands(store, "a");
    const heard: string[] = [];
    for (const [n, news] of looks.entries()) {
      heard.push(...(await toldDuring(store, () => store.runs.observe({ strandId: "a", at: T + n, ...news }))));
      // That an end was told must be known without the event, which is forgotten one day.
      await store.events.prune(0);
    }
    expect(heard).toEqual(told);
  },
}));

async function toldDuring(store: Store, work: () => Promise<unknown>): Promise<string[]> {
  const before = await store.events.last();
  await work();
  const { events } = await store.events.after(before, 100);
  const ofRuns = events.filter(({ runId }) => runId !== null);
  return ofRuns.map(({ type, data }) => (type === "run.finished" || type === "run.corrected" ? `${type} ${data["status"]}` : type));
}
