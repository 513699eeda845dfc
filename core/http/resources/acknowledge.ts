import * as z from "zod";
import type { Duplicate, NotFound, Ok, Store } from "../../store/contract.ts";
import { route, type RouteSpec } from "../route.ts";
import { time } from "../schemas.ts";
import { findStrand, type ResourceTools } from "./shared.ts";

const KINDS = ["runs", "missed", "changes"] as const;
type Kind = (typeof KINDS)[number];

const count = z.number().int();

const seen = z
  .strictObject({
    run: z.string().max(500).nullable().optional().describe("Id of the newest red run"),
    missed: time.nullable().optional().describe("When the last missed firing was due"),
    change: z.string().max(500).nullable().optional().describe("Id of the newest change"),
  })
  .describe("The newest that the person was shown of each kind, null for none: what came later goes on asking");
type Seen = z.output<typeof seen>;

/** Acknowledging what a strand asks attention for. */
export function acknowledgeRoutes({ services, clock }: ResourceTools): RouteSpec[] {
  return [
    route({
      method: "POST",
      path: "/api/loom/strands/:id/ack",
      summary: "Acknowledges a strand's red runs, missed firings and changes, or those kinds that are named; one that vanished leaves the page",
      access: "operator",
      body: z.strictObject({ what: z.array(z.enum(KINDS)).min(1).max(KINDS.length).optional(), seen: seen.optional() }).optional(),
      answer: { status: 200, schema: z.object({ runs: count, missed: count, changes: count }).describe("How many of each were acknowledged now") },
      handle: async ({ params, body, caller }) => {
        const { id } = await findStrand(services, params["id"]!);
        const done = { runs: 0, missed: 0, changes: 0 };
        for (const kind of new Set(body?.what ?? KINDS)) done[kind] = await acknowledge(services.store, kind, id, body?.seen ?? {}, caller.name, clock.now());
        return { body: done };
      },
    }),
  ];
}

async function acknowledge(store: Store, kind: Kind, strandId: string, { run, missed, change }: Seen, by: string, at: number): Promise<number> {
  switch (kind) {
    case "runs": {
      // With the newest go all earlier ones.
      const newest = run === undefined ? (await store.runs.list({ strandId, red: true, limit: 1 })).items[0] : run === null ? undefined : (await store.runs.get(run))?.run;
      return newest?.strandId === strandId ? howMany(await store.runs.acknowledge(newest.id, by, at)) : 0;
    }
    case "missed":
      return missed === null ? 0 : howMany(await store.occurrences.acknowledge(strandId, by, at, missed === undefined ? undefined : Date.parse(missed)));
    case "changes":
      return change === null ? 0 : howMany(await store.changes.acknowledge(strandId, by, at, change));
  }
}

function howMany(answer: Ok<{ readonly acknowledged: number }> | Duplicate | NotFound): number {
  return answer.outcome === "ok" ? answer.acknowledged : 0;
}
