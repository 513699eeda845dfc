import type { Clock } from "../../clock/clock.ts";
import type { Problem } from "../../errors/loomError.ts";
import type { StrandIndex } from "../../registry/strandIndex.ts";
import { causeText } from "../../occurrence/causes.ts";
import { graceMs } from "../../occurrence/grace.ts";
import { stuckFrom } from "../../occurrence/stuck.ts";
import { strandStatus } from "../../registry/strandStatus.ts";
import type { CommandRecord, RunTick, SourceHealth, SourceRecord, StrandRecord } from "../../store/contract.ts";
import type { StrandDetail, StrandView } from "../schemas.ts";
import { changeView } from "./change.ts";
import { commandView } from "./command.ts";
import { nextFiring, nextFirings, type Firing } from "./firings.ts";
import type { NodeNames } from "./nodeNames.ts";
import { stepViews } from "./step.ts";
import { iso, isoOrNull } from "./times.ts";
import { triggerView } from "./trigger.ts";
import type { WorkflowFiles } from "./workflowFiles.ts";
import { alsoStartedBy, wovenCan, wovenView } from "./woven.ts";

const FIRINGS_SHOWN = 10;
/** A run may begin a little before its time. */
const EARLY_MS = 5_000;
const BUSY = ["running", "dispatched", "retrying"];

/** What is told with a strand and is not in its record. */
interface Around {
  readonly source: SourceRecord | undefined;
  /** Of a workflow: what keeps its file from being live. */
  readonly problems: readonly Problem[];
  /** What starts a workflow besides its schedule, with the names of other strands. */
  readonly also: readonly string[];
}

interface Written extends Around {
  /** A time that the view tells is past then. */
  readonly validUntil: number;
  /** All but the newest runs, without the brace that closes it. */
  readonly head: Buffer;
  /** The newest runs: two thirds of the whole. */
  readonly recent: Buffer;
}

const RECENT = Buffer.from(',"recent":');
const CLOSE = Buffer.from("}");
const NONE: readonly never[] = [];

/**
 * Strands as the API shows them. A strand's JSON is written once and kept as long as its record, what is told with it and its
 * next firing are the same: a list of a thousand strands is then a copy of bytes.
 */
export class StrandViews {
  readonly #index: StrandIndex;
  readonly #nodes: NodeNames;
  readonly #clock: Clock;
  readonly #hostZone: string;
  readonly #files: WorkflowFiles;
  readonly #lastGoodReadAt: (sourceId: string) => number | null;
  readonly #written = new WeakMap<StrandRecord, Written>();

  constructor(options: { index: StrandIndex; nodes: NodeNames; files: WorkflowFiles; clock: Clock; hostZone: string; lastGoodReadAt(sourceId: string): number | null }) {
    this.#index = options.index;
    this.#nodes = options.nodes;
    this.#clock = options.clock;
    this.#hostZone = options.hostZone;
    this.#files = options.files;
    this.#lastGoodReadAt = (sourceId) => options.lastGoodReadAt(sourceId);
  }

  /** The view as JSON in UTF-8, in pieces. */
  json(strand: StrandRecord): readonly Buffer[] {
    const { head, recent } = this.#write(strand);
    return [head, RECENT, recent, CLOSE];
  }

  /** The same without the newest runs. */
  briefJson(strand: StrandRecord): readonly Buffer[] {
    return [this.#write(strand).head, CLOSE];
  }

  /** The newest runs alone, as a JSON array. */
  recentJson(strand: StrandRecord): Buffer {
    return this.#write(strand).recent;
  }

  #write(strand: StrandRecord): Written {
    const around = this.#around(strand);
    const now = this.#clock.now();
    const known = this.#written.get(strand);
    if (known && now < known.validUntil && isSame(known, around)) return known;
    const next = nextFiring(strand, around.source, now);
    const { recent, ...rest } = this.#view(strand, around, next, now);
    const validUntil = Math.min(next?.by === "computed" ? next.at : Infinity, backoffUntil(strand, now) ?? Infinity);
    const written = { ...around, validUntil, head: Buffer.from(JSON.stringify(rest).slice(0, -1)), recent: Buffer.from(JSON.stringify(recent)) };
    this.#written.set(strand, written);
    return written;
  }

  detail(strand: StrandRecord, commands: readonly CommandRecord[]): StrandDetail {
    const around = this.#around(strand);
    const { source } = around;
    const now = this.#clock.now();
    return {
      ...this.#view(strand, around, nextFiring(strand, source, now), now),
      firings: nextFirings(strand, source, now, FIRINGS_SHOWN).map((firing) => ({ ...firing, at: iso(firing.at) })),
      definition: { ...strand.definition },
      sourceHealth: source ? healthView({ ...source.health, lastGoodReadAt: this.#lastGoodReadAt(source.id) ?? source.health.lastGoodReadAt }) : null,
      commands: commands.map(commandView),
      firstSeenAt: iso(strand.firstSeenAt),
      editedAt: iso(strand.editedAt),
      version: strand.version,
      grace: this.grace(strand),
      p95Ms: strand.p95Ms,
      inputSchema: strand.woven?.facts.input?.schema ? { ...strand.woven.facts.input.schema } : null,
      inputDefault: strand.woven?.facts.input?.default ?? null,
    };
  }

  /** How late the next firing may be, by the rule or as a person has set it. */
  grace(strand: StrandRecord): StrandDetail["grace"] {
    if (strand.graceMs !== null) return { ms: strand.graceMs, by: "person" };
    const now = this.#clock.now();
    return { ms: graceMs(strand.schedule, nextFiring(strand, this.#sourceOf(strand), now)?.at ?? now), by: "rule" };
  }

  #sourceOf(strand: StrandRecord): SourceRecord | undefined {
    return strand.sourceId === null ? undefined : this.#index.source(strand.sourceId);
  }

  #around(strand: StrandRecord): Around {
    if (!strand.woven) return { source: this.#sourceOf(strand), problems: NONE, also: NONE };
    const nameOf = (id: string): string => this.#index.strand(id)?.name ?? id;
    return { source: undefined, problems: this.#files.problemsOf(strand.id), also: alsoStartedBy(strand.woven.facts.triggers, nameOf) };
  }

  #view(strand: StrandRecord, { source, problems, also }: Around, next: Firing | null, now: number): StrandView {
    return {
      id: strand.id,
      name: strand.name,
      description: strand.description,
      command: strand.command,
      kind: strand.kind,
      source: sourceView(strand, source),
      node: this.#nodes.of(strand.nodeId),
      system: strand.system,
      trigger: triggerView(strand.schedule, this.#hostZone, also),
      enabled: strand.enabled,
      disabledReason: strand.disabledReason,
      status: strandStatus(strand),
      freshness: strand.kind === "woven" ? "fresh" : (source?.health.freshness ?? "stale"),
      nextRunAt: isoOrNull(next?.at ?? null),
      nextRunBy: next?.by ?? null,
      lastRun: strand.lastRun && tickView(strand.lastRun),
      activeRun: activeRunView(strand),
      redRuns: strand.redRuns,
      missed: missedView(strand),
      changes: strand.changes.map(changeView),
      goneAt: isoOrNull(strand.goneAt),
      done: isDone(strand),
      backoffUntil: isoOrNull(backoffUntil(strand, now)),
      schedulerOn: source?.health.schedulerOn ?? true,
      recent: strand.recent.map(tickView),
      steps: stepViews(strand),
      can: strand.woven ? wovenCan(strand) : canView(strand, source),
      firingsWhileOff: source?.firingsWhileOff[strand.schedule.kind] ?? null,
      paused: strand.paused ? { since: iso(strand.paused.at), by: strand.paused.by } : null,
      woven: wovenView(strand, problems),
    };
  }
}

function isSame(a: Around, b: Around): boolean {
  return a.source === b.source && a.problems === b.problems && a.also.length === b.also.length && a.also.every((words, i) => words === b.also[i]);
}

function sourceView(strand: StrandRecord, source: SourceRecord | undefined): StrandView["source"] {
  if (source) return { plugin: source.plugin, instance: source.instance, label: source.label };
  if (strand.sourceId === null) return null;
  const [plugin = "", instance = ""] = strand.sourceId.split(":");
  return { plugin, instance, label: plugin };
}

function tickView(tick: RunTick): StrandView["recent"][number] {
  const { id, status, red, acknowledged, startedAt, finishedAt } = tick;
  return { id, status, red, acknowledged, startedAt: iso(startedAt), finishedAt: isoOrNull(finishedAt) };
}

function activeRunView(strand: StrandRecord): StrandView["activeRun"] {
  if (!strand.activeRun) return null;
  const busy = strand.stepStates.find((step) => BUSY.includes(step.status));
  const { id, startedAt, stuckAt } = strand.activeRun;
  return { id, startedAt: iso(startedAt), stepId: busy?.id ?? null, stuckAt: isoOrNull(stuckAt), stuckFrom: iso(stuckFrom(startedAt, strand.p95Ms)) };
}

function missedView({ missed }: StrandRecord): StrandView["missed"] {
  return missed && { count: missed.count, lastDueAt: iso(missed.lastDueAt), cause: missed.cause, causeText: causeText(missed.cause) };
}

/** A job that was to run once and has. One that its owner switched off before its time is not. */
function isDone({ schedule, enabled, lastRun }: StrandRecord): boolean {
  return schedule.kind === "at" && !enabled && lastRun !== null && lastRun.status !== "skipped" && lastRun.startedAt >= schedule.atMs - EARLY_MS;
}

function backoffUntil({ notBefore }: StrandRecord, now: number): number | null {
  return notBefore !== null && notBefore > now ? notBefore : null;
}

/** What may be asked of the owner, and why not. */
function canView(strand: StrandRecord, source: SourceRecord | undefined): StrandView["can"] {
  const hindrance = hindranceOf(strand, source);
  const action = (can: true | string | undefined): StrandView["can"]["run"] => {
    const reason = hindrance ?? (can === true || can === undefined ? null : can);
    return { allowed: reason === null, reason };
  };
  return { setEnabled: action(source?.can.setEnabled), run: action(source?.can.runNow) };
}

function hindranceOf(strand: StrandRecord, source: SourceRecord | undefined): string | null {
  if (strand.goneAt !== null) return "Its owner no longer has this job.";
  if (!source) return "Its source is not loaded, so its owner cannot be asked.";
  if (source.health.freshness === "incompatible") return source.health.message ?? "Loom cannot talk to this version of its owner.";
  return null;
}

function healthView({ freshness, since, lastGoodReadAt, message, help }: SourceHealth): NonNullable<StrandDetail["sourceHealth"]> {
  return { freshness, since: iso(since), lastGoodReadAt: isoOrNull(lastGoodReadAt), message, help };
}
