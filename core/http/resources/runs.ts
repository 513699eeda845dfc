import * as z from "zod";
import { LoomError } from "../../errors/loomError.ts";
import type { RunRecord } from "../../store/contract.ts";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import type { HttpServices } from "../services.ts";
import { runDetail, runView, type DrivenFacts } from "../views/run.ts";
import { runAnswerView } from "../views/runAnswer.ts";
import { anyOf, noRun, onceKeyOf, type ResourceTools } from "./shared.ts";

/** How long steps that are cancelled may take to stop by themselves, at most. */
const MOST_GRACE_MS = 600_000;

/** Runs of every strand, one run with its steps, and what may be asked of it. */
export function runRoutes({ services, clock, nodes }: ResourceTools): RouteSpec[] {
  const { runs } = services.store;

  const findDriven = async (id: string, what: string): Promise<RunRecord> => {
    const found = await runs.get(id);
    if (!found) throw noRun(id);
    if (found.run.version === null) throw new LoomError("COMMAND_UNSUPPORTED", `Only a workflow's run can be ${what}: this one is its owner's.`);
    return found.run;
  };

  return [
    route({
      method: "GET",
      path: "/api/loom/runs",
      summary: "The runs of all strands, newest first",
      access: "viewer",
      query: schemas.pageQuery.extend({
        status: anyOf(schemas.runStatus),
        red: z.enum(["true", "false"]).optional().describe("`true`: only red runs that nobody has acknowledged"),
      }),
      answer: { status: 200, schema: schemas.page(schemas.run) },
      handle: async ({ query: { limit, cursor, status, red } }) => {
        const page = await runs.list({ limit, cursor: cursor ?? null, ...(status && { status }), ...(red === "true" && { red: true }) });
        return { body: { items: page.items.map((run) => runView(run, nodes)), next: page.next } };
      },
    }),
    route({
      method: "GET",
      path: "/api/loom/runs/:id",
      summary: "One run with its steps",
      access: "viewer",
      isLong: true,
      answer: { status: 200, schema: schemas.runDetail },
      handle: async ({ params }) => {
        const found = await runs.get(params["id"]!);
        if (!found) throw noRun(params["id"]!);
        return { body: runDetail(found.run, found.steps, await drivenFacts(services, found.run), nodes) };
      },
    }),
    route({
      method: "POST",
      path: "/api/loom/runs/:id/ack",
      summary: "Acknowledges a red run and every earlier red run of its strand",
      access: "operator",
      answer: { status: 200, schema: z.object({ acknowledged: z.number().int() }) },
      handle: async ({ params, caller }) => {
        const answer = await runs.acknowledge(params["id"]!, caller.name, clock.now());
        if (answer.outcome === "not_found") throw noRun(params["id"]!);
        return { body: { acknowledged: answer.outcome === "ok" ? answer.acknowledged : 0 } };
      },
    }),
    route({
      method: "POST",
      path: "/api/loom/runs/:id/cancel",
      summary: "Asks a workflow's run to end; its steps may take `graceMs` to stop by themselves",
      access: "operator",
      body: z.strictObject({ graceMs: z.int().min(0).max(MOST_GRACE_MS).optional() }).optional(),
      answer: { status: 202, schema: z.object({ runId: z.string() }) },
      handle: async ({ params, body, caller }) => {
        const { id } = await findDriven(params["id"]!, "cancelled");
        await services.runs.cancel(id, caller.name, body?.graceMs);
        return { body: { runId: id } };
      },
    }),
    route({
      method: "POST",
      path: "/api/loom/runs/:id/retry",
      summary: "Does a workflow's run that has ended again, by its newest version: from the start, or from where it failed, with earlier results kept",
      access: "operator",
      body: z.strictObject({ from: z.enum(["start", "failed"]) }),
      once: true,
      answer: { status: 202, schema: schemas.runAnswer },
      handle: async ({ params, body, caller, headers }) => {
        const { id } = await findDriven(params["id"]!, "done again");
        return { body: runAnswerView(await services.runs.retry(id, caller.name, body.from, onceKeyOf(headers))) };
      },
    }),
  ];
}

/** What is known of a run besides, where Loom drives it. */
async function drivenFacts({ store, index, runs }: HttpServices, { id, strandId, version }: RunRecord): Promise<DrivenFacts | null> {
  if (version === null) return null;
  const [run, attempts, artifacts] = await Promise.all([store.driven.get(id), store.driven.attempts(id), store.driven.artifacts(id)]);
  return run && { run, versionNow: index.strand(strandId)?.version ?? null, attempts, artifacts, progress: runs.progress(id) };
}
