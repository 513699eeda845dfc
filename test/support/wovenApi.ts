import type { PauseView, StrandView, WorkflowFileView } from "../../core/http/schemas.ts";

/** What the sample server answers of workflows' files, inputs, outputs and pauses. */
export class WovenApi {
  /** As the library would tell of them. */
  files: WorkflowFileView[] = [];
  pause: PauseView = { everything: null, strands: [], queue: { waiting: 0, expectedWaitMs: null } };
  /** What workflows take, by their ids. */
  readonly inputs = new Map<string, { readonly schema: object | null; readonly start?: unknown }>();
  /** When set, this is what is wrong with whatever input a run is started with. */
  refusesInput: readonly { readonly path: string; readonly message: string }[] | null = null;

  /** Undefined where it knows nothing of such an address. */
  get([what, id, more, , last]: readonly string[]): object | undefined {
    if (what === "strands" && more === "versions" && last === "diff") return { files: [{ path: `/home/ann/.loom/workflows/${id}.ts`, patch }] };
    if (what === "workflows") return { items: this.files, next: null };
    return what === "pause" ? this.pause : undefined;
  }

  post([what, id, action]: readonly string[]): object | undefined {
    if (what === "reload") return { items: this.files, next: null };
    if (what === "runs" && action === "cancel") return { runId: id };
    return what === "runs" && action === "retry" ? { runId: id, outcome: "started", reason: null } : undefined;
  }

  inputOf(id: string): object {
    const { schema = null, start = null } = this.inputs.get(id) ?? {};
    return { inputSchema: schema, inputDefault: start };
  }

  get refusal(): object | null {
    return this.refusesInput && { type: "about:blank", title: "Invalid input", status: 400, code: "WORKFLOW_INPUT_INVALID", detail: "The input does not fit.", help: "Correct the named fields.", instance: "sample", problems: this.refusesInput };
  }

  /** Pauses or resumes strands, which of mirrored ones their owners are asked for. @param isAll it is a pause of everything */
  turn(paused: boolean, strands: readonly StrandView[], isAll: boolean, at: string): void {
    const state = ({ kind, system }: StrandView): PauseView["strands"][number]["state"] => (system ? "left_out" : kind === "woven" ? "paused" : "pausing");
    const listed = paused ? strands.map((strand) => ({ id: strand.id, name: strand.name, state: state(strand), scope: isAll ? ("everything" as const) : ("strand" as const), since: at, by: "you", reason: null })) : [];
    const everything = isAll ? (paused ? { since: at, by: "you" } : null) : this.pause.everything;
    this.pause = { everything, strands: listed, queue: { waiting: listed.filter((one) => one.state === "pausing").length, expectedWaitMs: 61_000 } };
  }
}

/** A part of an output of which the end is kept, or the lines that hold what is looked for. @param bytes how long it was */
export function outputPart(text: string, bytes: number, query: URLSearchParams): object {
  const wanted = query.get("search")?.toLowerCase();
  const missing = bytes > text.length ? { from: 0, to: bytes - text.length, lines: 0 } : null;
  if (wanted === undefined) {
    const first = bytes - text.length;
    const from = Math.max(first, Number(query.get("after")));
    return { from, text: text.slice(from - first, from - first + Number(query.get("limit") ?? 65_536)), bytes, missing };
  }
  let at = bytes - text.length;
  const lines = text.split("\n").map((line, i) => {
    const found = { number: i + 1, at, text: line };
    at += line.length + 1;
    return found;
  });
  return { lines: lines.filter((line) => line.text.toLowerCase().includes(wanted)).slice(0, 100), more: false, missing };
}

const patch = `--- a
+++ b
@@ -3,5 +3,6 @@
 export const workflow = defineWorkflow({
   id: "nightly-report",
-  schedule: "0 3 * * *",
+  schedule: "30 2 * * *",
+  misfire: "once",
   steps: [
`;
