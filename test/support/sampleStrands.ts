import type { NodeView, OccurrenceView, PluginView, RunDetail, SourceView, StrandView, VersionView } from "../../core/http/schemas.ts";
import { sentence } from "../../core/schedule/sentence.ts";
import { changesOf, firingsWhileOff, missedOf, occurrencesOf, sharesAt, troubleAt, versionsOf, type Trouble } from "./sampleTroubles.ts";

/**
 * Made-up strands that look like a person's own: OpenClaw jobs with schedules, histories and troubles. The same seed
 * gives the same strands. Kept for screenshots, browser tests and benches; the gateway knows nothing of it.
 */

export interface SampleOptions {
  readonly count: number;
  /** `well`: nothing is red, missed or stale. */
  readonly mood: "well" | "trouble";
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly seed?: number;
}

export interface Sample {
  readonly strands: StrandView[];
  readonly sources: SourceView[];
  readonly nodes: NodeView[];
  readonly plugins: PluginView[];
  /** Every run of each strand, newest first. */
  readonly runs: Map<string, RunDetail[]>;
  /** What became of the last firings of each strand, newest first. */
  readonly occurrences: Map<string, OccurrenceView[]>;
  /** The definitions of each strand, newest first. */
  readonly versions: Map<string, VersionView[]>;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Job {
  readonly name: string;
  readonly every: number;
  readonly text: string;
  readonly expression: string;
  readonly kind?: StrandView["trigger"]["kind"];
  readonly lasts: number;
  readonly system?: boolean;
  readonly says: string;
}

const job = (name: string, every: number, text: string, expression: string, lasts: number, says: string, more: Partial<Job> = {}): Job => ({ name, every, text, expression, lasts, says, ...more });

const jobs: readonly Job[] = [
  job("morning brief", DAY, "every day at 07:00", "0 7 * * *", 48 * SECOND, "Three meetings, rain after four, two invoices due on Friday."),
  job("inbox triage", 15 * MINUTE, "every 15 minutes", "*/15 * * * *", 21 * SECOND, "12 mails read, 2 need an answer, 4 archived."),
  job("price watch", 30 * MINUTE, "every 30 minutes", "*/30 * * * *", 9 * SECOND, "RTX 5090 at 2,189 EUR, unchanged."),
  job("backup memory", 6 * HOUR, "every 6 hours", "0 */6 * * *", 95 * SECOND, "memory.db 214 MB → restic snapshot 8c41f0d2"),
  job("weekly plan", 7 * DAY, "every Monday at 08:30", "30 8 * * 1", 72 * SECOND, "Plan for week 47 written to notes/plan-47.md"),
  job("rss sweep", HOUR, "every hour", "0 * * * *", 14 * SECOND, "41 feeds, 18 new, 3 worth reading."),
  job("calendar sync", 10 * MINUTE, "every 10 minutes", "every 10m", 4 * SECOND, "2 events changed.", { kind: "every" }),
  job("heartbeat-main", 30 * MINUTE, "every 30 minutes", "every 30m", 2 * SECOND, "HEARTBEAT_OK", { kind: "every", system: true }),
  job("digest (de)", DAY, "every day at 18:00", "0 18 * * *", 55 * SECOND, "Tageszusammenfassung: 7 Punkte."),
  job("expense scan", DAY, "every day at 22:15", "15 22 * * *", 31 * SECOND, "4 receipts filed."),
  job("stand-up notes", DAY, "weekdays at 09:15", "15 9 * * 1-5", 26 * SECOND, "Posted to #team."),
  job("github watch", 20 * MINUTE, "every 20 minutes", "*/20 * * * *", 12 * SECOND, "openclaw/openclaw: 3 new issues, none for you."),
  job("flight check-in", 40 * DAY, "once, on 2 December at 06:10", "2026-12-02T06:10:00Z", 30 * SECOND, "", { kind: "at" }),
  job("garden watering", DAY, "every day at 05:45", "45 5 * * *", 7 * SECOND, "Valve 2 open for 12 minutes; soil at 31 %."),
  job("home energy report", DAY, "every day at 06:30", "30 6 * * *", 18 * SECOND, "11.4 kWh, 8 % less than last week."),
  job("pull requests to review", 2 * HOUR, "every 2 hours from 8 to 18", "0 8-18/2 * * *", 17 * SECOND, "1 waits for you: loom#214."),
  job("memory dreaming promotion", DAY, "every day at 03:00", "0 3 * * *", 140 * SECOND, "22 candidates, 5 promoted.", { system: true }),
  job("skill collection review", 7 * DAY, "every week", "every 7d", 65 * SECOND, "No skill is out of date.", { kind: "every", system: true }),
  job("customer mail answers", 5 * MINUTE, "every 5 minutes", "*/5 * * * *", 38 * SECOND, "No open mail."),
  job("certificate expiry", DAY, "every day at 04:20", "20 4 * * *", 6 * SECOND, "All 9 certificates good for 30 days or more."),
  job("disk space", HOUR, "every hour", "7 * * * *", SECOND, "/ 61 %, /data 83 %"),
  job("standing desk nudge", 90 * MINUTE, "every 90 minutes", "every 90m", 600, "Stand up.", { kind: "every" }),
  job("podcast transcripts", 12 * HOUR, "every 12 hours", "0 */12 * * *", 11 * MINUTE, "2 episodes, 1 h 48 min of speech."),
  job("new papers: scheduling", DAY, "every day at 10:00", "0 10 * * *", 84 * SECOND, "3 papers, 1 recommended."),
  job("travel deals LIS", 4 * HOUR, "every 4 hours", "0 */4 * * *", 33 * SECOND, "Nothing below 90 EUR."),
  job("translate release notes", 7 * DAY, "every Thursday at 16:00", "0 16 * * 4", 52 * SECOND, "de, fr, pt written."),
  job("family shopping list", DAY, "every day at 17:00", "0 17 * * *", 8 * SECOND, "Milk, bread, cat litter."),
  job("invoice reminders", DAY, "weekdays at 11:00", "0 11 * * 1-5", 15 * SECOND, "1 reminder sent."),
  job("deploy staging", 0, "only by hand", "", 3 * MINUTE, "staging is at 4f2c9e1.", { kind: "manual" }),
  job("on new voice memo", 3 * HOUR, "when a voice memo arrives", "", 40 * SECOND, "Memo transcribed and filed.", { kind: "event" }),
  job("server log anomalies", 10 * MINUTE, "every 10 minutes", "*/10 * * * *", 19 * SECOND, "Nothing unusual in 14,201 lines."),
  job("social drafts", DAY, "every day at 12:30", "30 12 * * *", 44 * SECOND, "2 drafts wait in the outbox."),
  job("Wochenrückblick", 7 * DAY, "every Friday at 17:30", "30 17 * * 5", 58 * SECOND, "Sechs Punkte, zwei offen."),
  job("weather alert", 30 * MINUTE, "every 30 minutes", "12,42 * * * *", 3 * SECOND, "No warning for Freiburg."),
  job("crypto tax ledger", 7 * DAY, "every Sunday at 23:00", "0 23 * * 0", 130 * SECOND, "Ledger balanced."),
  job("book club summary", 7 * DAY, "every Saturday at 09:00", "0 9 * * 6", 61 * SECOND, "Chapter 7 in 12 lines."),
  job("repo dependency audit", DAY, "every day at 02:40", "40 2 * * *", 4 * MINUTE, "0 critical, 2 moderate."),
  job("smart lock battery", DAY, "every day at 20:00", "0 20 * * *", 2 * SECOND, "Front door at 74 %."),
  job("fitness summary", DAY, "every day at 21:30", "30 21 * * *", 13 * SECOND, "8,412 steps; run of 5.2 km."),
  job("paper bin day", 7 * DAY, "every Tuesday at 19:00", "0 19 * * 2", SECOND, "Blue bin out tonight."),
];

const troubles = [
  { code: "auth", error: "No route-compatible authentication source is configured for openai.", step: 0, output: null },
  { code: "exit", error: "command exited with code 3", step: 0, output: "checking 14 shops\nshop 9: 403 Forbidden\nshop 9: 403 Forbidden (attempt 3 of 3)\nboom: giving up\n" },
  { code: "timeout", error: "The model did not answer within 300 seconds.", step: 0, output: "reading thread 4 of 11…\n" },
  { code: "delivery", error: "Channel is required (no configured channels detected). Set delivery.channel or configure a channel.", step: 1, output: null },
] as const;

/** A generator of numbers between 0 and 1 that always begins the same. */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

const iso = (at: number): string => new Date(at).toISOString();
const steps = [{ id: "exec", label: "EXEC" }, { id: "deliver", label: "DELIVER" }] as const;

/** Makes the strands, with the sources, node and plugins they come from. */
export function makeSample(options: SampleOptions): Sample {
  const { now, count } = options;
  const roll = dice(options.seed ?? 7);
  const nodes = count >= 100 ? [node("oracle", true, now), node("pop-os", false, now)] : [node("oracle", true, now)];
  const sources = makeSources(options, nodes);
  const sample: Sample = { strands: [], sources, nodes, plugins: [plugin(sources.length, now)], runs: new Map(), occurrences: new Map(), versions: new Map() };
  for (let at = 0; at < count; at++) {
    const source = sources[sourceOf(at, count, sources.length)]!;
    addStrand(sample, source, at, options, roll);
  }
  for (const source of sources) source.strands = sample.strands.filter((strand) => strand.source?.instance === source.instance).length;
  return sample;
}

/** The first source has the most strands, as in life. */
function sourceOf(at: number, count: number, sources: number): number {
  const share = at / count;
  return Math.min(sources - 1, Math.floor(sources * share ** 1.6));
}

function makeSources({ count, mood, now }: SampleOptions, nodes: readonly NodeView[]): SourceView[] {
  const labels = count < 20 ? ["OpenClaw"] : count < 100 ? ["OpenClaw", "OpenClaw · work"] : ["OpenClaw", "OpenClaw · work", "OpenClaw", "OpenClaw · lab"];
  return labels.map((label, at) => {
    const at2 = nodes[Math.min(nodes.length - 1, Math.floor(at / 2))]!;
    const stale = mood === "trouble" && labels.length > 1 && at === labels.length - 1;
    return {
      id: `openclaw-cron-mirror:i${at}`, plugin: "openclaw-cron-mirror", instance: `i${at}`, label, node: { id: at2.id, name: at2.name }, version: at === 1 ? "2026.6.11" : "2026.9.6",
      freshness: stale ? "stale" : "fresh", since: iso(now - 4 * MINUTE - 12 * SECOND), lastGoodReadAt: iso(stale ? now - 4 * MINUTE - 12 * SECOND : now - 4 * SECOND), schedulerOn: true,
      message: stale ? "The gateway on 127.0.0.1:18790 does not answer (ECONNREFUSED)." : null, help: stale ? "Is OpenClaw running? Loom goes on trying." : null, strands: 0,
    };
  });
}

function node(name: string, self: boolean, now: number): NodeView {
  return { id: `node-${name}`, name, hostname: name, platform: name === "oracle" ? "linux_arm64" : "linux_x64", version: "0.1.0", capabilities: [], cpuCores: 4, memGb: 24, startedAt: iso(now - 3 * DAY), lastHeartbeatAt: iso(now - 2 * SECOND), self };
}

function plugin(sources: number, now: number): PluginView {
  void now;
  return {
    id: "openclaw-cron-mirror", name: "OpenClaw cron", version: "0.1.0", description: "Mirrors the jobs of OpenClaw's scheduler.", state: "active", root: "shipped", overrides: null, generation: 1, error: null,
    notice: null, warnings: [], provides: { sources, strands: 0, executors: [], operations: [], routes: [], services: [] }, permissions: ["net", "fs"], widgets: [],
  };
}

/** The plugins of a machine on which nothing was found: what was looked for, and how to connect one. */
export function emptySample(now: number): Sample {
  const found = plugin(0, now);
  return {
    strands: [], sources: [], nodes: [node("oracle", true, now)], runs: new Map(), occurrences: new Map(), versions: new Map(),
    plugins: [{ ...found, notice: { level: "info", title: "No OpenClaw was found on this machine", lines: [
      "Looked for a state folder in OPENCLAW_STATE_DIR and ~/.openclaw, and for a gateway on 127.0.0.1:18789.",
      "Start OpenClaw as the user that runs Loom: its jobs appear here within a few seconds.",
      "If it lives elsewhere, name its folder or address under plugins.openclaw-cron-mirror in ~/.loom/config.json.",
    ] } }],
  };
}

const topics = ["billing", "berlin", "lisbon", "nvda", "gold", "acme", "globex", "initech", "docs", "api", "ios", "android", "infra", "legal", "press", "hiring"];

function addStrand(sample: Sample, source: SourceView, at: number, { mood, now }: SampleOptions, roll: () => number): void {
  const made = jobs[at % jobs.length]!;
  const round = Math.floor(at / jobs.length);
  const id = `${source.id}:${(0x7c5e08b6 + at * 7919).toString(16)}-4581-${String(at).padStart(4, "0")}`;
  const name = round === 0 ? made.name : `${made.name} ${topics[(round * 5 + at) % topics.length]}${round > topics.length ? ` ${round}` : ""}`;
  const trouble = mood === "well" ? null : troubleAt(at);
  const fate = mood === "well" ? "well" : (fateWith[trouble ?? "none"] ?? fateOf(at));
  const done = made.kind === "at" && round % 2 === 0;
  const enabled = !done && (!(at % 17 === 12 || fate === "disabled") || fate === "failed");
  const every = made.every || 2 * DAY;
  const runs = makeRuns(id, source, made, { now, every, fate, count: done ? 1 : made.kind === "at" ? 0 : 14 + Math.floor(roll() * 26), roll });
  sample.runs.set(id, runs);
  const running = runs[0]?.status === "running" ? runs[0] : null;
  const red = runs.filter((run) => run.red && !run.acknowledged).length;
  const last = runs.find((run) => run.finishedAt !== null) ?? null;
  const occurrences = occurrencesOf(id, trouble, runs.slice(0, 20).map(tick), { now, every });
  sample.occurrences.set(id, occurrences);
  const missed = missedOf(occurrences);
  const changes = changesOf(id, trouble, now);
  const goneAt = trouble === "vanished" ? changes[0]!.seenAt : null;
  const next = !enabled || goneAt || made.kind === "manual" || made.kind === "event" ? null : fate === "overdue" ? now - 9 * MINUTE : nextAfter(now, every, roll);
  const backoff = trouble === "backoff" ? Math.max(next ?? 0, now + 22 * MINUTE) : null;
  const strand: StrandView = {
    id, name, description: at % 3 === 0 ? `Agent main: ${made.says.slice(0, 60)}` : null, command: null, kind: "mirrored",
    source: { plugin: source.plugin, instance: source.instance, label: source.label }, node: source.node, system: made.system === true,
    trigger: { kind: made.kind ?? "cron", text: done ? sentence({ kind: "at", atMs: Date.parse(last!.startedAt) }, { hostZone: "Europe/Berlin" }) : made.text, zone: made.kind === "every" ? null : "Europe/Berlin", expression: made.expression || null },
    enabled, disabledReason: null,
    status: running ? "running" : red > 0 ? "failed" : missed ? "missed" : fate === "overdue" ? "overdue" : last === null ? "idle" : last.status === "skipped" ? "skipped" : "ok",
    freshness: source.freshness, nextRunAt: next === null ? null : iso(backoff ?? next), nextRunBy: next === null ? null : "owner",
    lastRun: last ? tick(last) : null, activeRun: running ? activeRun(running, trouble, made.lasts) : null, redRuns: red,
    missed, changes, goneAt, done, backoffUntil: backoff === null ? null : iso(backoff), schedulerOn: true,
    recent: runs.slice(0, 20).map(tick),
    steps: steps.map((step, index) => ({ ...step, operationId: null, dependsOn: [], shares: index === 0 ? sharesAt(at) : [], status: runs[0]?.steps[index]?.status ?? null, reason: runs[0]?.steps[index]?.reason ?? null })),
    can: { setEnabled: allowed(goneAt), run: allowed(goneAt) },
    firingsWhileOff: firingsWhileOff[made.kind ?? "cron"] ?? null, paused: null, woven: null,
  };
  sample.strands.push(strand);
  sample.versions.set(id, versionsOf(strand, definitionOf(strand), trouble, now));
}

const allowed = (goneAt: string | null): StrandView["can"]["run"] => ({ allowed: goneAt === null, reason: goneAt === null ? null : "Its owner no longer has this job." });

function activeRun(run: RunDetail, trouble: Trouble | null, lasts: number): StrandView["activeRun"] {
  const stuckFrom = iso(Date.parse(run.startedAt) + Math.max(HOUR, 3 * lasts));
  return { id: run.id, startedAt: run.startedAt, stepId: "exec", stuckAt: trouble === "stuck" ? stuckFrom : null, stuckFrom };
}

/** The job as OpenClaw keeps it. */
export function definitionOf(strand: StrandView): Record<string, unknown> {
  return {
    name: strand.name, schedule: { kind: "cron", expr: strand.trigger.expression, tz: strand.trigger.zone }, sessionTarget: "isolated",
    payload: { kind: "agentTurn", message: "Look at what is new, and tell me in five lines what matters.", timeoutSeconds: 300 }, delivery: { mode: "announce", channel: "telegram" },
  };
}

/** What the run of a mirrored strand and its steps have not. */
export const noWorkflowRun = { queuedAt: null, version: null, versionNow: null, input: null, rerunOf: null, startedBy: null, attempts: [], artifacts: [] } satisfies Partial<RunDetail>;
export const noWorkflowStep = { parent: null, code: null, attempt: null, retryAt: null, waitsFor: null, progress: null } satisfies Partial<RunDetail["steps"][number]>;

type Fate = "well" | "failed" | "overdue" | "running" | "stuck" | "disabled";

/** The fates that a trouble brings with it. */
const fateWith: Partial<Record<Trouble | "none", Fate>> = { backoff: "failed", stuck: "stuck", missedAsleep: "well", missedDown: "well", missedOverlap: "well", vanished: "well", edited: "well" };

function fateOf(at: number): Fate {
  if (at === 2 || at % 41 === 31) return "failed";
  if (at === 3 || at % 67 === 50) return "overdue";
  if (at === 1 || at % 29 === 18) return "running";
  return at % 23 === 21 ? "disabled" : "well";
}

const nextAfter = (now: number, every: number, roll: () => number): number => now + Math.max(20 * SECOND, Math.floor(every * roll()));

const tick = (run: RunDetail): StrandView["recent"][number] => ({ id: run.id, status: run.status, red: run.red, acknowledged: run.acknowledged !== null, startedAt: run.startedAt, finishedAt: run.finishedAt });

function makeRuns(strandId: string, source: SourceView, made: Job, more: { now: number; every: number; fate: Fate; count: number; roll: () => number }): RunDetail[] {
  const { now, every, fate, count, roll } = more;
  const runs: RunDetail[] = [];
  if (fate === "running") runs.push(makeRun(strandId, source, made, { startedAt: now - Math.floor(made.lasts * 0.6), lasted: null, trouble: null, acknowledged: false, number: 0 }));
  if (fate === "stuck") runs.push(makeRun(strandId, source, made, { startedAt: now - Math.max(3 * HOUR, 4 * made.lasts), lasted: null, trouble: null, acknowledged: false, number: 0 }));
  const first = now - (fate === "stuck" ? 4 * HOUR + 4 * made.lasts : 0) - Math.max(2 * made.lasts, Math.floor(every * (0.05 + roll() * 0.9)));
  for (let at = 0; at < count; at++) {
    const unlucky = roll() < 0.05 && at > 0;
    const trouble = at === 0 && fate === "failed" ? troubles[strandId.length % 2 === 0 ? 1 : Math.floor(roll() * troubles.length)]! : unlucky ? troubles[Math.floor(roll() * troubles.length)]! : null;
    const lasted = Math.max(40, Math.floor(made.lasts * (0.4 + roll() * roll() * 2.4)));
    runs.push(makeRun(strandId, source, made, { startedAt: first - at * every, lasted, trouble, acknowledged: at > 0, number: at + 1 }));
  }
  return runs;
}

function makeRun(strandId: string, source: SourceView, made: Job, run: { startedAt: number; lasted: number | null; trouble: (typeof troubles)[number] | null; acknowledged: boolean; number: number }): RunDetail {
  const { startedAt, lasted, trouble } = run;
  const finishedAt = lasted === null ? null : startedAt + lasted;
  const failedStep = trouble?.step ?? -1;
  const id = `${strandId}/run-${run.number}`;
  const half = lasted === null ? null : Math.floor(lasted * 0.93);
  return {
    id, strandId, trigger: "schedule", triggerBy: null, status: lasted === null ? "running" : trouble ? "failed" : "succeeded", code: trouble && trouble.code !== "exit" ? trouble.code : null, error: trouble?.error ?? null, red: trouble !== null,
    acknowledged: trouble && run.acknowledged ? { at: iso(startedAt + HOUR), by: "ada" } : null, node: source.node, startedAt: iso(startedAt), finishedAt: finishedAt === null ? null : iso(finishedAt), durationMs: lasted,
    ...noWorkflowRun,
    summary: { model: "claude-opus-5", provider: "anthropic", usage: { input_tokens: 4_120 + run.number * 13, output_tokens: 388 }, completionStatus: trouble ? "failed" : "succeeded", ...(trouble && trouble.code !== "exit" && { errorReason: trouble.code }) },
    steps: [
      { ...noWorkflowStep, id: "exec", label: "EXEC", status: lasted === null ? "running" : failedStep === 0 ? "failed" : "completed", reason: null, node: source.node, startedAt: iso(startedAt), finishedAt: half === null ? null : iso(startedAt + half), durationMs: half, exitCode: trouble?.code === "exit" ? 3 : null, ...outputOf(trouble ? trouble.output : lasted === null ? null : made.says), error: failedStep === 0 ? trouble!.error : null, result: null },
      { ...noWorkflowStep, id: "deliver", label: "DELIVER", status: lasted === null ? "pending" : failedStep === 1 ? "failed" : failedStep === 0 ? "skipped" : "completed", reason: failedStep === 0 ? "dependency" : null, node: source.node, startedAt: failedStep === 0 || half === null ? null : iso(startedAt + half), finishedAt: failedStep === 0 ? null : finishedAt === null ? null : iso(finishedAt), durationMs: half === null || failedStep === 0 ? null : lasted! - half, exitCode: null, ...outputOf(null), error: failedStep === 1 ? trouble!.error : null, result: null },
    ],
  };
}

function outputOf(text: string | null): Pick<RunDetail["steps"][number], "outputTail" | "outputBytes" | "outputKeptBytes"> {
  const bytes = text === null ? null : Buffer.byteLength(text);
  return { outputTail: text, outputBytes: bytes, outputKeptBytes: bytes };
}

/** What 95 in 100 of these runs stay under, milliseconds; null: none has ended. */
export function nearlyAll(runs: readonly RunDetail[]): number | null {
  const lasted = runs.flatMap(({ durationMs }) => durationMs ?? []).sort((a, b) => a - b);
  return lasted[Math.ceil(lasted.length * 0.95) - 1] ?? null;
}
