import type { RunDetail, StepRunView, StrandView, WorkflowFileView } from "../../core/http/schemas.ts";
import type { Sample } from "./sampleStrands.ts";

/**
 * Made-up workflows beside the mirrored strands of a sample: parallel branches, a fan-out, phases, retries, a broken file, a
 * pause, and what starts them. For screenshots and for tests of the page that need no gateway.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const NODE = { id: "node-oracle", name: "oracle" };
const FOLDER = "/home/ann/.loom/workflows";

type Step = StrandView["steps"][number];
type Row = Partial<StepRunView> & { readonly id: string; readonly status: StepRunView["status"] };

const step = (id: string, dependsOn: readonly string[] = [], more: Partial<Step> = {}): Step => ({
  id, label: id.toUpperCase(), operationId: null, dependsOn: [...dependsOn], shares: [], status: null, reason: null, ...more,
});

const iso = (at: number): string => new Date(at).toISOString();

/** Adds the workflows to a sample, and answers it. */
export function withWorkflows(sample: Sample, now: number): Sample {
  const add = (id: string, name: string, more: Partial<StrandView>, runs: RunDetail[] = []): void => {
    const strand = { ...plain(id, name), ...more };
    const recent = runs.map(({ id, status, red, acknowledged, startedAt, finishedAt }) => ({ id, status, red, acknowledged: acknowledged !== null, startedAt, finishedAt }));
    sample.strands.push({ ...strand, recent: more.recent ?? recent });
    sample.runs.set(id, runs);
    sample.occurrences.set(id, []);
    sample.versions.set(id, []);
  };
  const past = (id: string, count: number, lasted: number): RunDetail[] => Array.from({ length: count }, (_, at) => aRun(id, at + 1, now - (at + 1) * 24 * 60 * MINUTE, lasted, []));

  const report = reportRun(now);
  add("nightly-report", "Nightly report", {
    description: "Collects what the shops sold, and writes the numbers down.",
    trigger: { kind: "cron", text: "every day at 02:30", zone: "Europe/Berlin", expression: "30 2 * * *" },
    nextRunAt: iso(now + 3 * 60 * MINUTE), nextRunBy: "computed", status: "running",
    activeRun: { id: report.id, startedAt: report.startedAt, stepId: "fetch", stuckAt: null, stuckFrom: iso(now + 60 * MINUTE) },
    steps: [
      step("collect", [], { status: "completed", phases: [{ name: "list", status: "completed" }, { name: "sort", status: "completed" }] }),
      step("fetch", ["collect"], { status: "running", items: { all: 8, done: 3, failed: 0 } }),
      step("rates", ["collect"], { operationId: "http.request", status: "retrying" }),
      step("weather", ["collect"], { status: "skipped", reason: "when" }),
      step("render", ["fetch", "rates", "weather"], { status: "pending" }),
      step("publish", ["render"], { operationId: "notify.webhook", status: "pending" }),
    ],
    woven: { ...woven("nightly-report"), input: "optional", misfire: "once" },
  }, [report, ...past("nightly-report", 12, 95 * SECOND)]);
  add("price-alarm", "Price alarm", {
    trigger: { kind: "every", text: "every 10 minutes", zone: null, expression: null }, nextRunAt: iso(now + 4 * MINUTE), nextRunBy: "computed",
    status: "failed", redRuns: 1, steps: [step("ask", [], { operationId: "http.request", status: "failed" }), step("compare", ["ask"], { status: "skipped", reason: "dependency" })],
  }, [{ ...aRun("price-alarm", 1, now - 6 * MINUTE, 2 * SECOND, [{ id: "ask", status: "failed", error: "503 Service Unavailable" }, { id: "compare", status: "skipped", reason: "dependency" }]), status: "failed", red: true, error: "503 Service Unavailable", code: "STEP_FAILED" }, ...past("price-alarm", 6, 3 * SECOND)]);
  add("shop-order", "Shop order", {
    trigger: { kind: "event", text: "by webhook", zone: null, expression: null },
    status: "failed", redRuns: 1, steps: [step("book", [], { operationId: "http.request", status: "failed" }), step("mail", ["book"], { status: "skipped", reason: "dependency" })],
    woven: { ...woven("shop-order"), input: "needed", startedBy: ["webhook"] },
  }, [{ ...aRun("shop-order", 1, now - 16 * MINUTE, 4 * SECOND, [{ id: "book", status: "failed", error: "503 Service Unavailable" }]), status: "failed", red: true, error: "503 Service Unavailable" }]);
  add("after-brief", "Send the brief", {
    trigger: { kind: "event", text: "after morning brief", zone: null, expression: null },
    steps: [step("send", [], { operationId: "notify.webhook", status: "completed" })],
    woven: { ...woven("after-brief"), startedBy: ["after"], problems: [{ path: `${FOLDER}/after-brief.ts:14:22`, message: "Expected \",\" but found \"steps\".", mend: "Close the list before it." }] },
  }, past("after-brief", 3, SECOND));
  add("tidy-up", "Tidy up", { paused: { since: iso(now - 22 * MINUTE), by: "ann" }, can: { setEnabled: { allowed: true, reason: null }, run: { allowed: false, reason: "It was paused by ann." } }, steps: [step("look"), step("sweep", ["look"])] });
  return sample;
}

/** Files as the library would tell of them: one is broken since it was edited, one never loaded. */
export function sampleFiles(now: number): WorkflowFileView[] {
  const file = (name: string, holds: WorkflowFileView["holds"], more: Partial<WorkflowFileView> = {}): WorkflowFileView => ({ path: `${FOLDER}/${name}`, root: "home", holds, problems: [], loadedAt: iso(now - 40 * MINUTE), ...more });
  const workflow = (id: string): WorkflowFileView["holds"] => [{ kind: "workflow", id, live: true }];
  return [
    file("nightly-report.ts", workflow("nightly-report")),
    file("after-brief.ts", workflow("after-brief"), { problems: [{ path: `${FOLDER}/after-brief.ts:14:22`, message: "Expected \",\" but found \"steps\".", mend: "Close the list before it." }] }),
    file("new-idea.ts", [], { loadedAt: null, problems: [{ path: `${FOLDER}/new-idea.ts:3:1`, message: "Cannot find package \"lodash\".", mend: "Install it beside the file, or leave it out." }] }),
  ];
}

const woven = (id: string): NonNullable<StrandView["woven"]> => ({ file: `${FOLDER}/${id}.ts`, shipped: false, enabledInFile: true, overridden: false, input: "none", misfire: "skip", startedBy: [], problems: [] });

function plain(id: string, name: string): StrandView {
  const allowed = { allowed: true, reason: null };
  return {
    id, name, description: null, command: null, kind: "woven", source: null, node: NODE, system: false,
    trigger: { kind: "manual", text: "only by hand", zone: null, expression: null }, enabled: true, disabledReason: null, status: "ok", freshness: "fresh",
    nextRunAt: null, nextRunBy: null, lastRun: null, activeRun: null, redRuns: 0, missed: null, changes: [], goneAt: null, done: false, backoffUntil: null, schedulerOn: true,
    recent: [], steps: [], can: { setEnabled: allowed, run: allowed }, firingsWhileOff: null, paused: null, woven: woven(id),
  };
}

function row(made: Row, startedAt: number): StepRunView {
  const status = made.status;
  const begun = status === "pending" || status === "skipped" ? null : iso(startedAt);
  return {
    parent: null, label: made.id.replace(/[[/].*$/, "").toUpperCase(), reason: null, node: NODE, startedAt: begun, finishedAt: status === "completed" || status === "failed" ? iso(startedAt + 900) : null,
    durationMs: status === "completed" || status === "failed" ? 900 : null, exitCode: null, outputTail: null, outputBytes: null, outputKeptBytes: null, error: null, code: null, attempt: begun ? 1 : null, retryAt: null, waitsFor: null, progress: null, result: null,
    ...made,
  };
}

function aRun(strandId: string, number: number, startedAt: number, lasted: number | null, rows: readonly Row[]): RunDetail {
  return {
    id: `${strandId}-run-${number}`, strandId, trigger: "schedule", triggerBy: null, status: lasted === null ? "running" : "succeeded", code: null, error: null, red: false, acknowledged: null, node: NODE,
    startedAt: iso(startedAt), finishedAt: lasted === null ? null : iso(startedAt + lasted), durationMs: lasted, queuedAt: iso(startedAt), summary: null,
    steps: rows.map((one) => row(one, startedAt)), version: 3, versionNow: 4, input: null, rerunOf: null, startedBy: null, attempts: [], artifacts: [],
  } as RunDetail;
}

/** A run in the middle of everything: phases done, three of eight items, a retry that waits, a branch that was passed over. */
function reportRun(now: number): RunDetail {
  const at = now - 41 * SECOND;
  const said = (text: string): Partial<StepRunView> => ({ outputTail: text, outputBytes: text.length, outputKeptBytes: text.length });
  const items: Row[] = Array.from({ length: 8 }, (_, i): Row => ({
    id: `fetch[${i}]`, parent: "fetch", label: `FETCH ${i + 1}`, status: i < 3 ? "completed" : i < 5 ? "running" : "pending", ...(i === 3 && { progress: 0.42, ...said("GET /orders?page=1\nGET /orders?page=2\n") }),
  }));
  return {
    ...aRun("nightly-report", 99, at, null, [
      { id: "collect", status: "completed", ...said("8 shops\n"), result: { shops: 8 } },
      { id: "collect/list", parent: "collect", label: "list", status: "completed" },
      { id: "collect/sort", parent: "collect", label: "sort", status: "completed" },
      { id: "fetch", status: "running", ...said("fetching 8 shops, 2 at a time\n") },
      ...items,
      { id: "rates", status: "retrying", attempt: 2, retryAt: iso(now + 24 * SECOND), error: "503 Service Unavailable", code: "STEP_FAILED" },
      { id: "weather", status: "skipped", reason: "when" },
      { id: "render", status: "pending", waitsFor: "it waits for fetch and rates" },
      { id: "publish", status: "pending" },
    ]),
    trigger: "manual", triggerBy: "ann", input: { day: "2026-11-20", shops: ["berlin", "lisbon"], dryRun: false },
    attempts: [
      { step: "rates", attempt: 1, status: "retrying", code: "STEP_FAILED", error: "503 Service Unavailable", node: NODE, startedAt: iso(at + 900), finishedAt: iso(at + 2400) },
      { step: "rates", attempt: 2, status: "retrying", code: "STEP_TIMEOUT", error: "It took longer than 30 s.", node: NODE, startedAt: iso(at + 4400), finishedAt: iso(at + 34_400) },
    ],
    artifacts: [{ step: "collect", name: "shops.json", kind: "json", bytes: 2_140, createdAt: iso(at + 800) }],
  };
}
