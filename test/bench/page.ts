import type { Browser, BrowserContext, Page } from "playwright-core";
import { systemClock } from "../../core/clock/system.ts";
import { bundlePage } from "../../core/http/page/bundle.ts";
import { ownPage } from "../../core/http/page/pageFiles.ts";
import { T } from "../contract/fixtures.ts";
import { startChromium } from "../support/chromium.ts";
import { openDoor, type Door } from "../support/door.ts";
import { aLongRun, manyStrands } from "../support/manyStrands.ts";
import { frames, move, untilDrawn, watchEvents, watchFirst } from "./pageScripts.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const STRANDS = 1000;
const LOADS = 7;
const EVENTS_A_SECOND = 20;
const EVENT_SECONDS = 15;
/** A new window of Chromium loads four hundred files of its own, for a list under its address bar that nobody opens. */
const WINDOW_MS = 1500;
/** How long the heap is watched. `LOOM_BENCH_MINUTES=20 npm run bench -- page` is the whole test. */
const MINUTES = Number(process.env["LOOM_BENCH_MINUTES"] ?? 2);
const HEAP_SAMPLES = 24;

const FIRST_MS = 500;
const SLOW_SHARE = 0.02;
const EVENT_MS = 100;
const WEIGHT_KB = 120;
/** What a heap may seem to grow by, from rounding alone: over the whole time, of what it was. */
const GROWTH = 0.03;

const publicFolder = new URL("../../public/", import.meta.url).pathname;

/** The page with a thousand strands of five steps behind the real door: first sight, panning and zooming, events, heap, weight. */
export async function pageBench(): Promise<BenchRow[]> {
  await using door = await openDoor({ page: ownPage() });
  const ids = await manyStrands(door, STRANDS);
  const browser = await startChromium();
  try {
    const session = await signIn(browser, door);
    const rows = [await firstStrands(browser, door, session)];
    const context = await signedIn(browser, session);
    const page = await open(context, door);
    const feed = startEvents(door, ids);
    rows.push(await smoothness(browser, page));
    rows.push(await eventToScreen(page, feed));
    rows.push(await heap(context, page));
    await feed.stop();
    rows.push(await weight(door));
    return rows;
  } finally {
    await browser.close();
  }
}

type Session = Awaited<ReturnType<BrowserContext["storageState"]>>;

async function signIn(browser: Browser, door: Door): Promise<Session> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(door.http.signInLink());
  await page.locator(".strand").first().waitFor({ state: "attached" });
  const session = await context.storageState();
  await context.close();
  return session;
}

const signedIn = (browser: Browser, session: Session): Promise<BrowserContext> => browser.newContext({ storageState: session, viewport: { width: 1440, height: 860 }, colorScheme: "dark" });

async function open(context: BrowserContext, door: Door): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${door.port}/#view=loom`);
  await page.evaluate(`(${untilDrawn})(${STRANDS})`);
  return page;
}

/** Each time with an empty cache, in a context of its own. */
async function firstStrands(browser: Browser, door: Door, session: Session): Promise<BenchRow> {
  const times: number[] = [];
  const bare: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    const context = await signedIn(browser, session);
    await context.addInitScript(watchFirst);
    const page = await context.newPage();
    await pause(WINDOW_MS);
    await page.goto(`http://127.0.0.1:${door.port}/#view=loom`);
    times.push(await page.evaluate<number>("window.firstStrand"));
    // The same bytes with nothing made of them: what the network and JSON.parse alone take.
    bare.push(await page.evaluate("(async () => { const begun = performance.now(); await (await fetch('/api/loom/strands?without=recent&limit=1000', { headers: { 'x-loom-key': localStorage.getItem('loom.key') } })).json(); return performance.now() - begun; })()"));
    await context.close();
  }
  const [median, worst, plain] = [percentile(times, 0.5), Math.max(...times), percentile(bare, 0.5)];
  return { what: `first strands after navigation, ${STRANDS} × 5 steps`, bound: `≤ ${FIRST_MS} ms`, measured: `median ${median.toFixed(0)}, worst of ${LOADS} ${worst.toFixed(0)} ms`, beside: `fetching and parsing the list alone: ${plain.toFixed(0)} ms`, ratio: (median / plain).toFixed(2), ok: median <= FIRST_MS };
}

interface Feed {
  /** When each strand's change was asked for, milliseconds since 1970. */
  readonly asked: Map<string, number>;
  stop(): Promise<void>;
}

/** Runs begin and end by themselves, at twenty events a second. */
function startEvents({ store }: Door, ids: readonly string[]): Feed {
  const asked = new Map<string, number>();
  let turn = 0;
  let last: Promise<unknown> = Promise.resolve();
  const running: { strandId: string; key: string }[] = [];
  const timer = systemClock.interval(1000 / EVENTS_A_SECOND, () => {
    turn++;
    if (running.length > 30 || (turn % 2 === 0 && running.length > 0)) {
      const { strandId, key } = running.shift()!;
      asked.set(strandId, systemClock.now());
      last = store.runs.observe({ strandId, at: T, finished: [aLongRun(key, T + turn * 1000)], running: null });
    } else {
      const strandId = ids[(turn * 37) % ids.length]!;
      if (running.some((run) => run.strandId === strandId)) return;
      running.push({ strandId, key: `live ${turn}` });
      asked.set(strandId, systemClock.now());
      last = store.runs.observe({ strandId, at: T, finished: [], running: { key: `live ${turn}`, startedAt: T + turn * 1000 } });
    }
  });
  return {
    asked,
    async stop() {
      timer.cancel();
      await last;
    },
  };
}

async function smoothness(browser: Browser, page: Page): Promise<BenchRow> {
  await page.evaluate(move);
  const ours = await page.evaluate<number[]>(`(${frames})(move)`);
  // An empty page that only asks for its next frame: what this machine can do at all.
  const empty = await browser.newPage();
  const theirs = await empty.evaluate<number[]>(`(${frames})(null)`);
  await empty.close();
  const share = (times: number[]): number => times.filter((time) => time > 25).length / times.length;
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
  return { what: `frames over 25 ms in ${ours.length} of pan and zoom, ${EVENTS_A_SECOND} events/s`, bound: `≤ ${percent(SLOW_SHARE)}`, measured: `${percent(share(ours))}, p99 ${percentile(ours, 0.99).toFixed(0)} ms`, beside: `an empty page: ${percent(share(theirs))}`, ratio: (percentile(ours, 0.99) / percentile(theirs, 0.99)).toFixed(2), ok: share(ours) <= SLOW_SHARE };
}

async function eventToScreen(page: Page, { asked }: Feed): Promise<BenchRow> {
  const seen = await page.evaluate<[string, number][]>(`(${watchEvents})(${EVENT_SECONDS * 1000})`);
  // What comes later is the light that goes out, a second after the run ended.
  const told = new Set<string>();
  const taken = seen.flatMap(([id, at]) => {
    const begun = asked.get(id);
    if (begun === undefined || at < begun || at - begun > 5000 || told.has(`${id} ${begun}`)) return [];
    told.add(`${id} ${begun}`);
    return [at - begun];
  });
  const [p50, p95] = [percentile(taken, 0.5), percentile(taken, 0.95)];
  return { what: `event → screen, from the store's call to the painted frame (${taken.length})`, bound: `p95 ≤ ${EVENT_MS} ms`, measured: `p50 ${p50.toFixed(0)}, p95 ${p95.toFixed(0)} ms`, beside: "one frame: 16.7 ms", ratio: (p95 / 16.7).toFixed(1), ok: taken.length > 50 && p95 <= EVENT_MS };
}

async function heap(context: BrowserContext, page: Page): Promise<BenchRow> {
  const devtools = await context.newCDPSession(page);
  const used: number[] = [];
  for (let sample = 0; sample <= HEAP_SAMPLES; sample++) {
    if (sample > 0) await pause((MINUTES * 60_000) / HEAP_SAMPLES);
    // What one collection leaves for the next is not what stays.
    for (let time = 0; time < 3; time++) await devtools.send("HeapProfiler.collectGarbage");
    used.push((await devtools.send("Runtime.getHeapUsage")).usedSize / 2 ** 20);
  }
  await devtools.detach();
  // The lowest of each half: what code a page keeps compiled comes and goes by megabytes.
  const begun = Math.min(...used.slice(1, HEAP_SAMPLES / 2 + 1));
  const ended = Math.min(...used.slice(HEAP_SAMPLES / 2 + 1));
  const growth = (ended - begun) / begun;
  return { what: `heap after ${MINUTES} min of ${EVENTS_A_SECOND} events/s`, bound: `flat (≤ ${GROWTH * 100} %)`, measured: `${begun.toFixed(1)} → ${ended.toFixed(1)} MB`, beside: `its first half`, ratio: (ended / begun).toFixed(3), ok: growth <= GROWTH };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => systemClock.timer(ms, resolve));

/** Everything that the page is made of, as it is served. */
async function weight(door: Door): Promise<BenchRow> {
  const paths = [...(await bundlePage(publicFolder)).keys()];
  const bytes = async (encoding: string): Promise<number> => {
    const sizes = paths.map(async (path) => Number((await door.ask("HEAD", path, { headers: { "Accept-Encoding": encoding } })).headers["content-length"]));
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1000;
  };
  const [gzip, plain] = [await bytes("gzip"), await bytes("identity")];
  return { what: `all code and style as served, ${paths.length} files, gzip`, bound: `≤ ${WEIGHT_KB} kB`, measured: `${gzip.toFixed(1)} kB`, beside: `plain ${plain.toFixed(1)} kB`, ratio: (gzip / plain).toFixed(2), ok: gzip <= WEIGHT_KB };
}
