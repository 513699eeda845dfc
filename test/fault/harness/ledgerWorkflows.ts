/** Two workflows whose steps write down each thing they do, so that it can be told afterwards what was done how often. */
export const ledgerWorkflows: Readonly<Record<string, string>> = {
  "workflows/lib/ledger.ts": `
import { appendFileSync } from "node:fs";
export function note(ctx, what) {
  appendFileSync(process.env.LOOM_TEST_LEDGER, JSON.stringify({ key: ctx.idempotencyKey, attempt: ctx.attempt, what, at: Date.now() }) + "\\n");
}
export const moment = (ctx, ms) => new Promise((done, stop) => {
  const timer = setTimeout(done, ms);
  ctx.signal.addEventListener("abort", () => { clearTimeout(timer); stop(ctx.signal.reason); });
});
`,
  "workflows/asked.ts": `
import { defineWorkflow } from "loom-gateway";
import { moment, note } from "./lib/ledger.ts";
const patient = { retries: 100, backoff: { initialMs: 20, maxMs: 100 } };
export const workflow = defineWorkflow({
  id: "asked", name: "Asked",
  input: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  concurrency: { runs: 4 }, overlap: "queue",
  steps: [
    { id: "first", label: "FIRST", ...patient, run: async (ctx) => { note(ctx, "begin"); await ctx.phase("wait", () => moment(ctx, ctx.input.ms)); note(ctx, "end"); return { n: ctx.input.n }; } },
    { id: "items", label: "ITEMS", dependsOn: ["first"], ...patient, parallel: 2, each: ({ results }) => Array.from({ length: results.first.n }, (_, i) => i + 1),
      run: async (ctx) => { note(ctx, "begin"); await moment(ctx, ctx.input.ms / 4); note(ctx, "end"); return ctx.item; } },
    { id: "shaky", label: "SHAKY", dependsOn: ["first"], ...patient, run: async (ctx) => { note(ctx, "begin"); if (ctx.attempt < 3) throw new Error("not yet"); note(ctx, "end"); return "held"; } },
    { id: "sum", label: "SUM", dependsOn: ["items", "shaky"], ...patient, run: (ctx) => { note(ctx, "begin"); note(ctx, "end"); return { sum: ctx.results.items.reduce((a, b) => a + b, 0), shaky: ctx.results.shaky }; } },
  ],
});
`,
  "workflows/ticking.ts": `
import { defineWorkflow } from "loom-gateway";
import { moment, note } from "./lib/ledger.ts";
export const workflow = defineWorkflow({
  id: "ticking", name: "Ticking", schedule: { every: "1s" }, misfire: { all: 1000 }, overlap: "queue", concurrency: { runs: 3 },
  steps: [{ id: "once", label: "ONCE", afterCrash: "fail", run: async (ctx) => { note(ctx, "begin"); await moment(ctx, 150); note(ctx, "end"); } }],
});
`,
};

export interface LedgerLine {
  /** The step's idempotency key: the same for all attempts. */
  readonly key: string;
  readonly attempt: number;
  readonly what: "begin" | "end";
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The lines that are whole: a process may have died within the last one. */
export function readLedger(text: string): LedgerLine[] {
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as LedgerLine];
    } catch {
      return [];
    }
  });
}
