import { monitorEventLoopDelay, type IntervalHistogram } from "node:perf_hooks";
import type { Clock } from "../clock/clock.ts";
import { strandStatus } from "../registry/strandStatus.ts";
import type { OccurrenceStatus, StoreStats } from "../store/contract.ts";
import type { HttpServices } from "./services.ts";

type Kind = "counter" | "gauge";
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Counting a million rows takes a quarter of a second, in which nobody else reads: what was counted is told for so long. */
const COUNTED_MS = 5_000;

/** The gateway's figures in Prometheus' text format. Counters count from the start of the process, where they do not say otherwise. */
export class Metrics {
  readonly #services: HttpServices;
  readonly #finished = new Map<string, number>();
  readonly #clock: Clock;
  #counted: { readonly at: number; readonly stats: Promise<StoreStats> } | null = null;
  #lag: IntervalHistogram | null = null;
  #unsubscribe: () => void = () => {};

  constructor(services: HttpServices, clock: Clock) {
    this.#services = services;
    this.#clock = clock;
  }

  start(): void {
    this.#lag = monitorEventLoopDelay({ resolution: 20 });
    this.#lag.enable();
    this.#unsubscribe = this.#services.index.on(({ events }) => {
      for (const event of events) {
        if (event.type !== "run.finished") continue;
        const status = String(event.data["status"]);
        this.#finished.set(status, (this.#finished.get(status) ?? 0) + 1);
      }
    });
  }

  stop(): void {
    this.#unsubscribe();
    this.#lag?.disable();
  }

  async text(): Promise<string> {
    const { store, index, version } = this.#services;
    const [stats, occurrences] = await Promise.all([this.#stats(), store.occurrences.counts()]);
    const all = [...index.strands()];
    const strands = Map.groupBy(all, strandStatus);
    const sources = [...index.sources()];
    return [
      family("loom_info", "gauge", "The version that runs", [[{ version }, 1]]),
      family("loom_strands", "gauge", "Strands on the page by status", [...strands].map(([status, list]) => [{ status }, list.length])),
      family("loom_strands_missed", "gauge", "Strands with missed firings that nobody has acknowledged", [[{}, all.filter(({ missed }) => missed !== null).length]]),
      family("loom_runs_stuck", "gauge", "Runs under way that have been running for too long", [[{}, all.filter(({ activeRun }) => activeRun && activeRun.stuckAt !== null).length]]),
      family("loom_occurrences_total", "counter", "Planned firings by what became of them, since the database was made", ended(occurrences)),
      family("loom_source_fresh", "gauge", "1: what is known of the source is up to date", sources.map(({ id, health }) => [{ source: id }, Number(health.freshness === "fresh")])),
      family("loom_runs_total", "counter", "Runs that finished, by the status that was told first", [...this.#finished].map(([status, count]) => [{ status }, count])),
      family("loom_runs_stored", "gauge", "Runs in the database", [[{}, stats.runs]]),
      family("loom_events_stored", "gauge", "Events in the database", [[{}, stats.events]]),
      family("loom_store_ok", "gauge", "1: what happens can be stored, and no damage was found", [[{}, Number(store.health.trouble === null)]]),
      family("loom_store_bytes", "gauge", "Size of the database", [[{}, stats.bytes]]),
      family("loom_store_commits_total", "counter", "Commits", [[{}, stats.commits]]),
      family("loom_store_writes_total", "counter", "Writes that the commits held", [[{}, stats.writes]]),
      family("loom_event_loop_lag_seconds", "gauge", "How late the event loop is, since the start", this.#lagSamples()),
      family("process_resident_memory_bytes", "gauge", "Resident memory", [[{}, process.memoryUsage.rss()]]),
    ].join("");
  }

  #stats(): Promise<StoreStats> {
    const at = this.#clock.mono();
    if (this.#counted && at - this.#counted.at < COUNTED_MS) return this.#counted.stats;
    const stats = this.#services.store.stats();
    this.#counted = { at, stats };
    stats.catch(() => (this.#counted = null));
    return stats;
  }

  #lagSamples(): Sample[] {
    const lag = this.#lag;
    if (!lag || lag.count === 0) return [];
    return [0.5, 0.99].map((quantile) => [{ quantile: String(quantile) }, lag.percentile(quantile * 100) / 1e9]);
  }
}

/** Open ones have not become anything yet: a counter only rises. */
function ended({ open: _open, ...counts }: Readonly<Record<OccurrenceStatus, number>>): Sample[] {
  return Object.entries(counts).map(([status, count]) => [{ status }, count]);
}

function family(name: string, kind: Kind, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join("")}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`))}"`);
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}
