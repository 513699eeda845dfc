import type { Answer, Ask, Look, ObservedJob, ObservedRun, RunPage, Snapshot, Source } from "../../core/mirror/contract.ts";

/** A scheduler that does exactly what the test says, down to a run that its history shows late. */
export class ScriptedSource implements Source {
  readonly identity = "scripted";
  readonly label = "Scripted";
  readonly can = { setEnabled: true, runNow: true } as const;
  readonly jobs = new Map<string, ObservedJob>();
  readonly history = new Map<string, ObservedRun[]>();
  departed: ObservedJob[] = [];
  pageSize = 2;
  schedulerOn = true;
  /** What the next looks throw. */
  trouble: Error | null = null;
  /** How often it was looked at, and which pages of history were read. */
  looks = 0;
  readonly pagesRead: string[] = [];
  /** Answers in the place of the real effect, where set. */
  answer: ((jobId: string, ask: Ask) => Promise<Answer>) | null = null;
  startsMayMove = false;
  /** How long an ask has to wait that has so many before it; null: no limit. */
  limit: ((ahead: number) => number) | null = null;
  #wake: (() => void) | null = null;

  askWaitMs(_kind: string, ahead: number): number {
    return this.limit?.(ahead) ?? 0;
  }

  async snapshot(_look: Look): Promise<Snapshot> {
    this.looks++;
    if (this.trouble) throw this.trouble;
    return { version: "1", schedulerOn: this.schedulerOn, jobs: [...this.jobs.values()], departed: this.departed };
  }

  async runs(jobId: string, page: { cursor: string | null }): Promise<RunPage> {
    if (this.trouble) throw this.trouble;
    const from = Number(page.cursor ?? 0);
    this.pagesRead.push(`${jobId}@${from}`);
    const all = (this.history.get(jobId) ?? []).toSorted((a, b) => b.finishedAt - a.finishedAt);
    const next = from + this.pageSize;
    return { runs: all.slice(from, next), next: next < all.length ? String(next) : null };
  }

  watch(wake: () => void, signal: AbortSignal): void {
    this.#wake = wake;
    signal.addEventListener("abort", () => {
      if (this.#wake === wake) this.#wake = null;
    });
  }

  get watched(): boolean {
    return this.#wake !== null;
  }

  wake(): void {
    this.#wake?.();
  }

  async setEnabled(jobId: string, enabled: boolean, ask: Ask): Promise<Answer> {
    if (this.answer) return this.answer(jobId, ask);
    this.edit(jobId, { enabled });
    return { accepted: true };
  }

  async runNow(jobId: string, ask: Ask): Promise<Answer> {
    if (this.answer) return this.answer(jobId, ask);
    this.begin(jobId, 1);
    return { accepted: true, ownerRunId: "asked 1" };
  }

  // What the test does to the scheduler.

  add(id: string, more: Partial<ObservedJob> = {}): void {
    this.jobs.set(id, {
      id,
      name: `job ${id}`,
      enabled: true,
      schedule: { kind: "manual" },
      steps: [
        { id: "exec", label: "EXEC" },
        { id: "deliver", label: "DELIVER" },
      ],
      nextRunAt: null,
      running: null,
      historyMark: null,
      definition: { id },
      ...more,
    });
  }

  edit(id: string, more: Partial<ObservedJob>): void {
    this.jobs.set(id, { ...this.jobs.get(id)!, ...more });
  }

  /** The job starts to run. */
  begin(id: string, startedAt: number): void {
    this.edit(id, { running: { key: String(startedAt), startedAt } });
  }

  /** The run that started then is over, and in the history at once. */
  finish(id: string, startedAt: number, more: Partial<ObservedRun> = {}): void {
    this.history.set(id, [...(this.history.get(id) ?? []), finishedRun(startedAt, more)]);
    if (this.jobs.has(id)) this.edit(id, { running: null, historyMark: String(startedAt) });
  }
}

/** A run of a second that went well. */
export function finishedRun(startedAt: number, more: Partial<ObservedRun> = {}): ObservedRun {
  const status = more.status ?? "succeeded";
  return {
    key: String(startedAt),
    trigger: "schedule",
    status,
    startedAt,
    finishedAt: startedAt + 1000,
    steps: [
      { id: "exec", status: status === "failed" ? "failed" : "completed", startedAt, finishedAt: startedAt + 1000, output: "done" },
      { id: "deliver", status: "skipped", reason: "not_requested" },
    ],
    ...more,
  };
}
