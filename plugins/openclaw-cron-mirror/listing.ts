/** Reads all jobs of a gateway, page by page, as one state. */
import { MOST_JOBS, SourceProblem } from "loom-gateway";
import { Refusal, TooLarge } from "./problems.ts";
import type { Gateway } from "./rpc.ts";
import type { Share } from "./share.ts";
import { hash, integer, list, record, text, type Wire } from "./wire.ts";

/** OpenClaw gives no more at once. */
const PAGE = 200;
/** Where a page is too large, so many times fewer jobs are asked for. */
const LESS = 8;
/** Said of a job that is too large by itself. */
const OUTLINE = "It holds more than Loom reads at once: name, schedule and runs are all that is shown of it.";
const IS_OUTLINE = Symbol("outline");
/** Characters. */
const LONGEST_REVISION = 200;
const ATTEMPTS = 5;
const MOST_PAGES = 500;
/** In memory: ten thousand jobs of five kilobytes. They are held whole, beside those of the look before and all that is made of them. */
const HEAVIEST_LIST = 48 * 1024 * 1024;

/** Sorting by name keeps pages apart while jobs run; older gateways refuse parameters that they do not know. */
const dialects: readonly object[] = [
  { includeDeliveryPreviews: false, sortBy: "name", sortDir: "asc" },
  { sortBy: "name", sortDir: "asc" },
  {},
];

export interface Listing {
  readonly rows: readonly unknown[];
  /** OpenClaw's own token for this state, as it was when the first page was read: a change since then shows as another one. */
  readonly revision: string | undefined;
}

/**
 * Reads the whole list, again when it changed under way.
 * @param share of what may be held in memory
 * @param changes counts jobs that were added, removed or edited, as far as events tell
 */
export async function readListing(gateway: Gateway, share: Share, changes: () => number, signal: AbortSignal): Promise<Listing> {
  for (let attempt = 1; ; attempt++) {
    const before = changes();
    const { pages, revision } = await readPages(gateway, share, signal);
    const rows = pages.flatMap((page) => list(page.jobs));
    const steady = changes() === before && pages.every((page) => revisionIn(page) === revision);
    if (pages.length === 1 || (isWhole(pages, rows) && (steady || attempt === ATTEMPTS))) return { rows, revision };
    // Jobs that run change the revision at any time; what matters in the end is that no job fell between two pages.
    if (attempt >= ATTEMPTS) throw new SourceProblem("unreachable", `OpenClaw's jobs changed ${ATTEMPTS} times while they were read.`, { help: "Loom tries again at the next look." });
  }
}

/** The token for the state now, without the list; undefined where the gateway has none. */
export async function readRevision(gateway: Gateway, signal: AbortSignal): Promise<string | undefined> {
  return revisionIn(await gateway.call("cron.list", { compact: true, limit: 1, includeDisabled: true }, signal));
}

/** Its own words, or what stands for them where they are longer than Loom keeps. */
function revisionIn(page: Wire | undefined): string | undefined {
  const revision = text(page?.snapshotRevision);
  return revision === undefined || revision.length <= LONGEST_REVISION ? revision : hash(revision);
}

async function readPages(gateway: Gateway, share: Share, signal: AbortSignal): Promise<{ pages: Wire[]; revision: string | undefined }> {
  const pages: Wire[] = [];
  const [heaviest, most] = [share(HEAVIEST_LIST), share(MOST_JOBS)];
  const before = gateway.received;
  let count = 0;
  let offset: number | null = 0;
  let limit = PAGE;
  for (let asked = 0; offset !== null && asked < MOST_PAGES; asked++) {
    const page: Wire | null = await readFitting(gateway, offset, limit, signal);
    if (page === null) {
      limit = Math.ceil(limit / LESS);
      continue;
    }
    // Behind the one job that was too large.
    if (isOutline(page)) limit = PAGE;
    if (gateway.received - before > heaviest) throw tooLong(`takes more than ${Number((heaviest / 1024 / 1024).toFixed(1))} MiB`);
    count += list(page.jobs).length;
    if (count > most) throw tooLong(`has more than ${most} entries`);
    pages.push(page);
    const next: number | undefined = integer(page.nextOffset);
    offset = page.hasMore === true && next !== undefined && next > offset ? next : null;
  }
  return { pages, revision: revisionIn(pages[0]) };
}

/** A page; null where it is too large, and fewer jobs may not be. Of one job that is too large by itself there is an outline. */
async function readFitting(gateway: Gateway, offset: number, limit: number, signal: AbortSignal): Promise<Wire | null> {
  try {
    return await readPage(gateway, { offset, limit }, signal);
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    return limit > 1 ? null : outlineOf(await readPage(gateway, { offset, limit, compact: true }, signal).catch(noOutline));
  }
}

/** Older releases have no outlines. */
function noOutline(error: unknown): never {
  const isMissing = error instanceof TooLarge || (error instanceof Refusal && error.code === "INVALID_REQUEST");
  throw isMissing ? tooLong("has a job that is larger than Loom reads at once") : error;
}

/** What a compact page says of its job, in the form of a whole one. Anybody who may add a job, such as an agent, can make one too large, and would take all others off the watch. */
function outlineOf(page: Wire): Wire {
  const jobs = list(page.jobs).map((row) => {
    const { scheduleKind: _, lastRunAtMs, lastRunStatus, nextRunAtMs, ...job } = record(row);
    return { ...job, description: OUTLINE, state: { lastRunAtMs, lastRunStatus, nextRunAtMs } };
  });
  return { ...page, jobs, [IS_OUTLINE]: true };
}

function isOutline(page: Wire): boolean {
  return IS_OUTLINE in page;
}

const known = new WeakMap<Gateway, number>();

async function readPage(gateway: Gateway, page: { readonly offset: number; readonly limit: number; readonly compact?: true }, signal: AbortSignal): Promise<Wire> {
  for (let dialect = known.get(gateway) ?? 0; ; dialect++) {
    try {
      const answer = await gateway.call("cron.list", { includeDisabled: true, ...page, ...dialects[dialect] }, signal);
      known.set(gateway, dialect);
      return answer;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "INVALID_REQUEST" || dialect + 1 >= dialects.length) throw error;
    }
  }
}

function isWhole(pages: readonly Wire[], rows: readonly unknown[]): boolean {
  const totals = new Set(pages.map((page) => integer(page.total)));
  const ids = new Set(rows.map((row) => record(row).id));
  return totals.size === 1 && (totals.has(undefined) || totals.has(ids.size));
}

function tooLong(how: string): SourceProblem {
  return new SourceProblem("incompatible", `OpenClaw's list of jobs ${how}.`, {
    help: "Look for jobs with very long payloads, or for something that adds jobs without end: `openclaw cron list`. Several that were found share what one may have; one that is named under instances in config.json has it for itself.",
  });
}
