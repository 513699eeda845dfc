import * as z from "zod";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { occurrenceView } from "../views/occurrence.ts";
import { anyOf, findStrand, type ResourceTools } from "./shared.ts";

/** A week. */
const MOST_GRACE_MS = 7 * 24 * 3_600_000;

const listQuery = schemas.pageQuery.extend({
  status: anyOf(schemas.occurrenceStatus),
  asking: z.enum(["true", "false"]).optional().describe("`true`: only missed ones that nobody has acknowledged"),
});

/** Planned firings and what became of them, and how late a strand's may be. */
export function occurrenceRoutes({ services, clock, strands }: ResourceTools): RouteSpec[] {
  const list = async (strandId: string | undefined, { limit, cursor, status, asking }: z.output<typeof listQuery>): Promise<object> => {
    const filter = { limit, cursor: cursor ?? null, ...(strandId !== undefined && { strandId }), ...(status && { status }), ...(asking === "true" && { asking: true }) };
    const page = await services.store.occurrences.list(filter);
    return { items: page.items.map(occurrenceView), next: page.next };
  };
  return [
    route({
      method: "GET",
      path: "/api/loom/occurrences",
      summary: "The planned firings of all strands and what became of them, latest first",
      access: "viewer",
      query: listQuery,
      answer: { status: 200, schema: schemas.page(schemas.occurrence) },
      handle: async ({ query }) => ({ body: await list(undefined, query) }),
    }),
    route({
      method: "GET",
      path: "/api/loom/strands/:id/occurrences",
      summary: "The planned firings of a strand and what became of them, latest first",
      access: "viewer",
      query: listQuery,
      answer: { status: 200, schema: schemas.page(schemas.occurrence) },
      handle: async ({ params, query }) => ({ body: await list((await findStrand(services, params["id"]!)).id, query) }),
    }),
    route({
      method: "POST",
      path: "/api/loom/strands/:id/grace",
      summary: "Sets how late a firing of a strand may be before it is missed; null goes back to the rule",
      access: "operator",
      body: z.strictObject({ graceMs: z.int().min(0).max(MOST_GRACE_MS).nullable() }),
      answer: { status: 200, schema: z.object({ grace: schemas.strandDetail.shape.grace }) },
      handle: async ({ params, body }) => {
        const { id } = await findStrand(services, params["id"]!);
        await services.store.strands.setGrace(id, body.graceMs, clock.now());
        const [strand] = await services.store.strands.getMany([id]);
        services.sources.setGrace(strand!, body.graceMs);
        return { body: { grace: strands.grace(strand!) } };
      },
    }),
  ];
}
