import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import type { CommandView, EventView, SourceView, StrandView } from "../../core/http/schemas.ts";
import { systemClock as clock } from "../../core/clock/system.ts";
import { bundledFiles } from "../../core/http/page/pageFiles.ts";
import { outputPart, WovenApi } from "./wovenApi.ts";
import { readBody, send, sendText } from "./plainHttp.ts";
import { definitionOf, nearlyAll, noWorkflowRun, noWorkflowStep, type Sample } from "./sampleStrands.ts";

/**
 * Serves the page under the gateway's CSP and answers its API and live feed from sample strands: for screenshots,
 * browser tests and benches, and for work on the page without a scheduler. It has none of the gateway's guards.
 *
 *     node test/support/livePage.ts [count] [well|trouble|empty]
 */

export const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const files = bundledFiles(fileURLToPath(new URL("../../public/", import.meta.url)));
const types: Record<string, string> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml" };

export class PageServer {
  readonly #sample: Sample;
  readonly #http: Server;
  readonly #feed: WebSocketServer;
  readonly #events: { message: object; seq: number }[] = [];
  readonly #commands: CommandView[] = [];
  readonly #graces = new Map<string, { ms: number; by: "person" }>();
  #seq = 0;
  #away = false;
  #forgotten = 0;
  /** When set, every answer of the API is this problem. */
  problem: { status: number; code: string; title: string; detail: string; help: string } | null = null;
  /** When set, lists are answered only after it resolves. */
  gate: Promise<void> | null = null;
  /** What becomes of commands: the owner confirms, refuses with these words, or says nothing. */
  owner: "confirms" | "silent" | { refuses: string } = "confirms";
  /** How long the owner's limit keeps a command waiting, and 2 s more for each before it. */
  waitMs = 0;
  readonly woven = new WovenApi();
  /** What the session may. */
  role: "viewer" | "operator" | "admin" = "admin";
  /** Bodies of what was posted, by path. */
  readonly posted: { path: string; body: Record<string, unknown> }[] = [];
  /** Lists and files of which the next ask is cut off, such as `recent-runs` or `rooms.js`. */
  readonly breaks = new Set<string>();
  /** Asks for lists and events that were answered. */
  readonly asked: string[] = [];

  private constructor(sample: Sample) {
    this.#sample = sample;
    this.#http = createServer((request, response) => void this.#answer(request, response));
    this.#feed = new WebSocketServer({ noServer: true });
    this.#http.on("upgrade", (request, socket, head) => {
      if (this.#away) return void socket.destroy();
      this.#feed.handleUpgrade(request, socket, head, (line) => this.#welcome(line));
    });
  }

  /** Listens on a free port of the loopback interface. */
  static async start(sample: Sample, port = 0): Promise<PageServer> {
    const server = new PageServer(sample);
    await new Promise<void>((resolve) => server.#http.listen(port, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/`;
  }

  get strands(): readonly StrandView[] {
    return this.#sample.strands;
  }

  strand(id: string): StrandView {
    const found = this.#sample.strands.find((strand) => strand.id === id);
    if (!found) throw new Error(`no sample strand ${id}`);
    return found;
  }

  async stop(): Promise<void> {
    for (const line of this.#feed.clients) line.terminate();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  /** Breaks every line and refuses new ones, as a gateway that is down. */
  goAway(): void {
    this.#away = true;
    for (const line of this.#feed.clients) line.terminate();
    this.#http.closeAllConnections();
  }

  /** @param forget the events before this moment can no longer be replayed */
  comeBack({ forget = false } = {}): void {
    this.#away = false;
    if (forget) this.#forgotten = this.#seq;
  }

  /** Changes a strand and tells of it. */
  change(id: string, change: Partial<StrandView>, type = "strand.changed", data: Record<string, unknown> = {}): void {
    this.#emit({ type, strandId: id, data }, { strand: Object.assign(this.strand(id), change) });
  }

  add(strand: StrandView): void {
    this.#sample.strands.push(strand);
    this.#emit({ type: "strand.added", strandId: strand.id }, { strand });
  }

  remove(id: string): void {
    this.#sample.strands.splice(this.#sample.strands.indexOf(this.strand(id)), 1);
    this.#emit({ type: "strand.removed", strandId: id }, { strand: null });
  }

  changeSource(id: string, change: Partial<SourceView>): void {
    const source = Object.assign(this.#sample.sources.find((known) => known.id === id)!, change);
    this.#emit({ type: "source.changed", data: { sourceId: id } }, { source });
  }

  /** Begins a run: the strand is running at its first step. */
  startRun(id: string, trigger = "schedule"): string {
    const strand = this.strand(id);
    const node = strand.node;
    const runId = `${id}/run-${this.#seq + 1000}`;
    const startedAt = new Date(clock.now()).toISOString();
    const first = strand.steps[0]!;
    this.#sample.runs.get(id)!.unshift({
      id: runId, strandId: id, trigger, triggerBy: trigger === "manual" ? "you" : null, status: "running", code: null, error: null, red: false, acknowledged: null, node, startedAt, finishedAt: null, durationMs: null, summary: null, ...noWorkflowRun,
      steps: strand.steps.map((step, at) => ({ ...noWorkflowStep, id: step.id, label: step.label, status: at === 0 ? "running" : "pending", reason: null, node, startedAt: at === 0 ? startedAt : null, finishedAt: null, durationMs: null, exitCode: null, outputTail: null, outputBytes: null, outputKeptBytes: null, error: null, result: null })),
    });
    this.change(id, { status: "running", activeRun: { id: runId, startedAt, stepId: first.id, stuckAt: null, stuckFrom: new Date(clock.now() + 3_600_000).toISOString() } }, "run.started");
    return runId;
  }

  /** Moves the run under way to a step. */
  reachStep(id: string, stepId: string): void {
    const strand = this.strand(id);
    this.change(id, { activeRun: { ...strand.activeRun!, stepId } }, "step.started", { stepId });
  }

  /** Ends the run under way, well or with these words. */
  finishRun(id: string, error: string | null = null): void {
    const strand = this.strand(id);
    const run = this.#sample.runs.get(id)![0]!;
    const finishedAt = new Date(clock.now()).toISOString();
    const durationMs = Date.parse(finishedAt) - Date.parse(run.startedAt);
    Object.assign(run, { status: error ? "failed" : "succeeded", red: error !== null, error, finishedAt, durationMs });
    run.steps.forEach((step, at) => Object.assign(step, { status: error ? (at === 0 ? "failed" : "skipped") : "completed", error: at === 0 ? error : null, reason: error && at > 0 ? "dependency" : null, finishedAt }));
    const last = { id: run.id, status: run.status, red: run.red, acknowledged: false, startedAt: run.startedAt, finishedAt };
    const redRuns = strand.redRuns + (error ? 1 : 0);
    this.change(
      id,
      { status: redRuns > 0 ? "failed" : "ok", activeRun: null, lastRun: last, redRuns, recent: [last, ...strand.recent].slice(0, 20), steps: strand.steps.map((step, at) => ({ ...step, status: run.steps[at]!.status, reason: run.steps[at]!.reason })) },
      "run.finished",
    );
  }

  /** How many events were given out. */
  get last(): number {
    return this.#seq;
  }

  #emit(event: { type: string; strandId?: string; data?: Record<string, unknown> }, rides: { strand?: StrandView | null; source?: SourceView } = {}): void {
    const seq = ++this.#seq;
    const whole: EventView = { seq, at: new Date(clock.now()).toISOString(), type: event.type, strandId: event.strandId ?? null, runId: null, data: event.data ?? {} };
    const message = structuredClone({ type: "event", event: whole, ...rides });
    this.#events.push({ message, seq });
    this.say(message);
  }

  /** Sends a message to everybody who follows the feed. */
  say(message: object): void {
    const text = JSON.stringify(message);
    for (const line of this.#feed.clients) line.send(text);
  }

  #welcome(line: WebSocket): void {
    line.once("message", (data) => {
      line.on("message", (more) => {
        const { watch } = JSON.parse(String(more)) as { watch?: string | null };
        if (watch !== undefined) this.asked.push(`watch ${watch}`);
        if (watch) line.send(JSON.stringify({ type: "watching", runId: watch }));
      });
      const hello = JSON.parse(String(data)) as { feed?: string; after?: number };
      line.send(JSON.stringify({ type: "hello", feed: "sample", last: this.#seq }));
      this.asked.push(`feed after ${hello.after}`);
      if ((hello.after ?? 0) < this.#forgotten) return void line.send(JSON.stringify({ type: "resync", last: this.#seq }));
      for (const { message, seq } of this.#events) if (seq > (hello.after ?? 0)) line.send(JSON.stringify(message));
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (this.#away) return void request.socket.destroy();
    if (this.breaks.delete(url.pathname.replace(/^\/(api\/loom\/)?/, "").replace(/-[A-Z0-9]{8}(?=\.js$)/, ""))) return void request.socket.destroy();
    if (!url.pathname.startsWith("/api/loom/")) return this.#serve(url.pathname, response);
    if (this.problem) return send(response, this.problem.status, { type: "about:blank", instance: "sample", ...this.problem }, "application/problem+json");
    if (this.gate) await this.gate;
    const path = url.pathname.slice("/api/loom/".length).split("/").map(decodeURIComponent);
    this.asked.push(`${request.method} ${path.join("/")}`);
    if (path[4] === "output") return this.#tellOutput(response, path, url);
    if (path[4] === "artifacts") return sendText(response, `what ${path[5]} holds`);
    response.setHeader("loom-as-of", `sample/${this.#seq}`);
    const body = request.method === "POST" ? await readBody(request) : {};
    if (request.method === "POST") this.posted.push({ path: path.join("/"), body });
    if (this.woven.refusal && path[2] === "run") return send(response, 400, this.woven.refusal, "application/problem+json");
    const answer = request.method === "POST" ? this.#post(path, body) : request.method === "DELETE" ? this.#withdraw(path[1]!) : this.#get(path, url.searchParams);
    if (answer === undefined) return send(response, 404, { type: "about:blank", title: "Not found", status: 404, code: "NOT_FOUND", detail: "There is no such thing.", help: "Check the id.", instance: "sample" }, "application/problem+json");
    send(response, request.method === "POST" ? 202 : 200, answer);
  }

  async #serve(path: string, response: ServerResponse): Promise<void> {
    const name = path === "/" ? "/index.html" : path;
    const text = await (await files.find(name))?.read();
    response.writeHead(text ? 200 : 404, { "content-type": types[extname(name)] ?? "text/plain", "content-security-policy": csp, "x-content-type-options": "nosniff", "cache-control": "no-cache" });
    response.end(text ?? "not found");
  }

  #get(path: readonly string[], query: URLSearchParams): object | undefined {
    const [what, id, more] = path;
    const known = this.woven.get(path);
    if (known) return known;
    const items = (list: readonly object[]): object => ({ items: list, next: null });
    if (what === "strands" && id === undefined) return items(query.has("without") ? this.#sample.strands.map((strand) => ({ ...strand, recent: undefined })) : this.#sample.strands);
    if (what === "recent-runs") return this.#page(this.#sample.strands.map((strand) => ({ strandId: strand?.id, runs: strand?.recent })), query);
    if (what === "strands" && more === "runs") return this.#page(this.#sample.runs.get(id!) ?? [], query);
    if (what === "strands" && more === "occurrences") return this.#page(this.#occurrences(id, query), query);
    if (what === "strands" && more === "versions") return items((this.#sample.versions.get(id!) ?? []).filter(({ version }) => query.get("only")?.split(",").includes(`${version}`) ?? true));
    if (what === "strands" && more === "changes") return items(this.strand(id!).changes);
    if (what === "strands") return this.#detail(id!);
    if (what === "occurrences") return this.#page(this.#occurrences(undefined, query), query);
    if (what === "changes") return this.#page(this.#sample.strands.flatMap((strand) => strand.changes), query);
    if (what === "runs" && id === undefined) return items([...this.#sample.runs.values()].flat().filter((run) => run.red && !run.acknowledged));
    if (what === "runs") return [...this.#sample.runs.values()].flat().find((run) => run.id === id);
    if (what === "commands") return items(this.#commands.filter((command) => command.status === "asked" || command.status === "sent"));
    if (what === "session") return { name: "you", via: "session", role: this.role, expiresAt: null };
    if (what === "sources" || what === "nodes" || what === "plugins") return items(this.#sample[what]);
    return undefined;
  }

  #occurrences(strandId: string | undefined, query: URLSearchParams): object[] {
    const status = query.get("status")?.split(",");
    const all = strandId === undefined ? [...this.#sample.occurrences.values()].flat() : (this.#sample.occurrences.get(strandId) ?? []);
    return all
      .filter((one) => (!status || status.includes(one.status)) && (query.get("asking") !== "true" || (one.status === "missed" && !one.acknowledged)))
      .sort((a, b) => (a.dueAt < b.dueAt ? 1 : -1));
  }

  #page(list: readonly object[], query: URLSearchParams): object {
    const from = Number(query.get("cursor") ?? 0);
    const to = from + Number(query.get("limit") ?? 100);
    return { items: list.slice(from, to), next: to < list.length ? String(to) : null };
  }

  #tellOutput(response: ServerResponse, [, runId, , stepId]: readonly string[], { search, searchParams }: URL): void {
    const step = [...this.#sample.runs.values()].flat().find((run) => run.id === runId)?.steps.find(({ id }) => id === stepId);
    const text = step?.outputTail ?? "";
    if (search === "") sendText(response, text);
    else send(response, 200, outputPart(text, step?.outputBytes ?? text.length, searchParams));
  }

  #detail(id: string): object | undefined {
    const strand = this.#sample.strands.find((known) => known.id === id);
    if (!strand) return undefined;
    const next = strand.nextRunAt === null ? null : Date.parse(strand.nextRunAt);
    const gap = 3_600_000 * (1 + (id.length % 5));
    return {
      ...strand,
      firings: next === null ? [] : Array.from({ length: 10 }, (_, at) => ({ at: new Date(next + at * gap).toISOString(), by: at === 0 ? "owner" : "computed", note: at === 7 ? "clocks go back here" : null })),
      definition: definitionOf(strand),
      sourceHealth: null,
      commands: this.#commands.filter((command) => command.strandId === id).toReversed(),
      firstSeenAt: "2026-08-02T09:00:00.000Z",
      editedAt: "2026-11-03T18:21:00.000Z",
      version: this.#sample.versions.get(id)?.[0]?.version ?? 1,
      grace: this.#graces.get(id) ?? { ms: 60_000, by: "rule" },
      p95Ms: nearlyAll(this.#sample.runs.get(id) ?? []),
      ...this.woven.inputOf(id),
    };
  }

  #post(path: readonly string[], body: Record<string, unknown>): object | undefined {
    const [what, id, action] = path;
    if (what === "session") return { key: "sample", name: "you", expiresAt: "2027-01-01T00:00:00.000Z" };
    if (what === "pause" || what === "resume") return this.#pauseAnew(what === "pause", body["strandId"] as string | undefined);
    if (what === "strands" && (action === "run" || action === "enabled")) return { command: this.#command(id!, action === "run" ? "run" : body["enabled"] ? "enable" : "disable") };
    if (what === "sources" && action === "accept") return this.#accept(id!);
    if (what === "sources" && action === "look") return this.#sample.sources.find((source) => source.id === id);
    if (what === "strands" && action === "ack") return this.#acknowledgeStrand(id!, body);
    if (what === "strands" && action === "grace") return this.#setGrace(id!, body["graceMs"] as number | null);
    if (what === "runs" && action === "ack") return { acknowledged: this.#acknowledge(id!) };
    return this.woven.post(path);
  }

  /** Says what happens in a step of a run to whoever watches it. */
  tellNews(news: object): void {
    this.say({ type: "news", news });
  }

  /** Tells that the files of workflows have changed. */
  tellFiles(files: WovenApi["files"]): void {
    this.woven.files = files;
    this.#emit({ type: "workflow.problems" });
  }

  #pauseAnew(paused: boolean, strandId: string | undefined): object {
    const at = new Date(clock.now()).toISOString();
    const mine = strandId === undefined ? this.#sample.strands.filter(({ enabled }) => enabled) : [this.strand(strandId)];
    this.woven.turn(paused, mine, strandId === undefined, at);
    for (const { id, kind } of mine) if (kind === "woven") this.change(id, { paused: paused ? { since: at, by: "you" } : null }, paused ? "strand.paused" : "strand.resumed");
    this.#emit({ type: paused ? "pause.begun" : "pause.ended" });
    return this.woven.pause;
  }

  #acknowledge(runId: string): number {
    const strandId = [...this.#sample.runs].find(([, runs]) => runs.some((run) => run.id === runId))?.[0];
    if (!strandId) return 0;
    const red = this.#sample.runs.get(strandId)!.filter((run) => run.red && !run.acknowledged);
    for (const run of red) run.acknowledged = { at: new Date(clock.now()).toISOString(), by: "you" };
    const strand = this.strand(strandId);
    const seen = strand.recent.map((tick) => (tick.red ? { ...tick, acknowledged: true } : tick));
    this.change(strandId, { redRuns: 0, status: strand.activeRun ? "running" : strand.missed ? "missed" : "ok", recent: seen, lastRun: seen[0] ?? null }, "run.acknowledged");
    return red.length;
  }

  /** Acknowledges what the body names, or everything; a strand that vanished leaves with it. */
  #acknowledgeStrand(id: string, body: Record<string, unknown>): object {
    const what = (body["what"] as string[] | undefined) ?? ["runs", "missed", "changes"];
    const newestRed = this.#sample.runs.get(id)?.find((run) => run.red && !run.acknowledged);
    const counts = { runs: what.includes("runs") && newestRed ? this.#acknowledge(newestRed.id) : 0, missed: 0, changes: 0 };
    const strand = this.strand(id);
    const seen = { at: new Date(clock.now()).toISOString(), by: "you" };
    if (what.includes("missed") && strand.missed) {
      counts.missed = strand.missed.count;
      for (const one of this.#sample.occurrences.get(id) ?? []) if (one.status === "missed") one.acknowledged = seen;
      const status = strand.status === "missed" ? (strand.lastRun ? "ok" : "idle") : strand.status;
      this.change(id, { missed: null, status }, "strand.acknowledged", { what: "missed" });
    }
    if (what.includes("changes") && strand.changes.length > 0) {
      counts.changes = strand.changes.length;
      if (strand.goneAt) this.remove(id);
      else this.change(id, { changes: [] }, "strand.acknowledged", { what: "changes" });
    }
    return counts;
  }

  #setGrace(id: string, graceMs: number | null): object {
    if (graceMs === null) this.#graces.delete(id);
    else this.#graces.set(id, { ms: graceMs, by: "person" });
    this.change(id, {});
    return { grace: this.#graces.get(id) ?? { ms: 60_000, by: "rule" } };
  }

  #command(strandId: string, kind: CommandView["kind"]): CommandView {
    const command: CommandView = { id: `command-${this.#commands.length + 1}`, strandId, kind, status: "asked", by: "you", reason: null, expectedWaitMs: this.waitMs + this.#commands.filter((known) => known.status === "asked").length * (this.waitMs > 0 ? 2000 : 0), runId: null, askedAt: new Date(clock.now()).toISOString(), sentAt: null, settledAt: null };
    this.#commands.push(command);
    const asked = structuredClone(command);
    this.#emit({ type: "command.asked", strandId, data: { ...command } });
    if (this.owner !== "silent" && this.waitMs === 0) clock.timer(30, () => this.settle(command.id));
    return asked;
  }

  /** Takes back a command that nobody has answered yet. */
  #withdraw(commandId: string): CommandView | undefined {
    const command = this.#commands.find((known) => known.id === commandId && known.status === "asked");
    if (!command) return undefined;
    Object.assign(command, { status: "refused", reason: "withdrawn", settledAt: new Date(clock.now()).toISOString(), expectedWaitMs: null });
    this.#emit({ type: "command.refused", strandId: command.strandId, data: { ...command } });
    return command;
  }

  /** Believes a suspect source: what it does not tell of any more has vanished. */
  #accept(id: string): SourceView | undefined {
    const source = this.#sample.sources.find((known) => known.id === id);
    if (!source) return undefined;
    const seenAt = new Date(clock.now()).toISOString();
    for (const strand of this.#sample.strands.filter((one) => `${one.source?.plugin}:${one.source?.instance}` === id)) {
      const change = { id: `${strand.id}/vanished`, strandId: strand.id, kind: "vanished" as const, fromVersion: 1, version: 1, fields: [], seenAt, by: null, acknowledged: null };
      this.change(strand.id, { goneAt: seenAt, freshness: "fresh", changes: [change] }, "strand.vanished");
    }
    this.changeSource(id, { freshness: "fresh", message: null, help: null });
    return source;
  }

  /** Lets the owner answer a command. */
  settle(commandId: string): void {
    const command = this.#commands.find((known) => known.id === commandId)!;
    const refused = typeof this.owner === "object" ? this.owner.refuses : null;
    Object.assign(command, { status: refused ? "refused" : "confirmed", reason: refused, settledAt: new Date(clock.now()).toISOString() });
    if (!refused && command.kind !== "run") this.change(command.strandId, { enabled: command.kind === "enable" }, `strand.${command.kind}d`);
    if (!refused && command.kind === "run") this.startRun(command.strandId, "manual");
    this.#emit({ type: `command.${command.status}`, strandId: command.strandId, data: { ...command } });
  }
}
