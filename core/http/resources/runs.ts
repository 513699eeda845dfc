import * as z from "zod";
import { LoomError } from "../../errors/loomError.ts";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { runDetail, runView } from "../views/run.ts";
import { anyOf, type ResourceTools } from "./shared.ts";

/** Runs of every strand, one run with its steps, and acknowledging what went wrong. */
export function runRoutes({ services, clock, nodes }: ResourceTools): RouteSpec[] {
  const { runs } = services.store;
  return [
    route({
      method: "GET",
      path: "/api/loom/runs",
      summary: "The runs of all strands, newest first",
      access: "credential",
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
      access: "credential",
      answer: { status: 200, schema: schemas.runDetail },
      handle: async ({ params }) => {
        const found = await runs.get(params["id"]!);
        if (!found) throw noRun(params["id"]!);
        return { body: runDetail(found.run, found.steps, nodes) };
      },
    }),
    route({
      method: "GET",
      path: "/api/loom/runs/:id/steps/:step/output",
      summary: "The output of a step as far as it is kept: its end, where it was longer",
      access: "credential",
      query: z.object({ download: z.enum(["0", "1"]).optional().describe("`1`: as a file to save") }),
      answer: { status: 200, schema: "text/plain; charset=utf-8" },
      handle: async ({ params, query }) => {
        const output = await runs.output(params["id"]!, params["step"]!);
        if (!output) throw new LoomError("NOT_FOUND", "This step has no output, or there is no such step.");
        return { raw: output.text, ...(query.download === "1" && { headers: { "Content-Disposition": 'attachment; filename="output.txt"' } }) };
      },
    }),
    route({
      method: "POST",
      path: "/api/loom/runs/:id/ack",
      summary: "Acknowledges a red run and every earlier red run of its strand",
      access: "credential",
      answer: { status: 200, schema: z.object({ acknowledged: z.number().int() }) },
      handle: async ({ params, caller }) => {
        const answer = await runs.acknowledge(params["id"]!, caller.name, clock.now());
        if (answer.outcome === "not_found") throw noRun(params["id"]!);
        return { body: { acknowledged: answer.outcome === "ok" ? answer.acknowledged : 0 } };
      },
    }),
  ];
}

function noRun(id: string): LoomError {
  return new LoomError("NOT_FOUND", `There is no run ${id}.`, { help: "Check the id; `loom runs` lists what there is." });
}
