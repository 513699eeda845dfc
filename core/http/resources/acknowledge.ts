import * as z from "zod";
import type { Duplicate, NotFound, Ok, Store } from "../../store/contract.ts";
import { route, type RouteSpec } from "../route.ts";
import { findStrand, type ResourceTools } from "./shared.ts";

const KINDS = ["runs", "missed", "changes"] as const;
type Kind = (typeof KINDS)[number];

const count = z.number().int();

/** Acknowledging what a strand asks attention for. */
export function acknowledgeRoutes({ services, clock }: ResourceTools): RouteSpec[] {
  return [
    route({
      method: "POST",
      path: "/api/loom/strands/:id/ack",
      summary: "Acknowledges a strand's red runs, missed firings and changes, or those kinds that are named; one that vanished leaves the page",
      access: "credential",
      body: z.strictObject({ what: z.array(z.enum(KINDS)).min(1).max(KINDS.length).optional() }).optional(),
      answer: { status: 200, schema: z.object({ runs: count, missed: count, changes: count }).describe("How many of each were acknowledged now") },
      handle: async ({ params, body, caller }) => {
        const { id } = await findStrand(services, params["id"]!);
        const done = { runs: 0, missed: 0, changes: 0 };
        for (const kind of new Set(body?.what ?? KINDS)) done[kind] = await acknowledge(services.store, kind, id, caller.name, clock.now());
        return { body: done };
      },
    }),
  ];
}

async function acknowledge(store: Store, kind: Kind, strandId: string, by: string, at: number): Promise<number> {
  switch (kind) {
    case "runs": {
      // The newest of them: with it go all earlier ones.
      const [red] = (await store.runs.list({ strandId, red: true, limit: 1 })).items;
      return red ? howMany(await store.runs.acknowledge(red.id, by, at)) : 0;
    }
    case "missed":
      return howMany(await store.occurrences.acknowledge(strandId, by, at));
    case "changes":
      return howMany(await store.changes.acknowledge(strandId, by, at));
  }
}

function howMany(answer: Ok<{ readonly acknowledged: number }> | Duplicate | NotFound): number {
  return answer.outcome === "ok" ? answer.acknowledged : 0;
}
