import * as z from "zod";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { changeView } from "../views/change.ts";
import { findStrand, type ResourceTools } from "./shared.ts";

const listQuery = schemas.pageQuery.extend({
  asking: z.enum(["true", "false"]).optional().describe("`true`: only those that nobody has acknowledged"),
});

/** How strands changed where their owners keep them. */
export function changeRoutes({ services }: ResourceTools): RouteSpec[] {
  const { changes } = services.store;
  const list = async (strandId: string | undefined, { limit, cursor, asking }: z.output<typeof listQuery>): Promise<object> => {
    const page = await changes.list({ limit, cursor: cursor ?? null, ...(strandId !== undefined && { strandId }), ...(asking === "true" && { asking: true }) });
    return { items: page.items.map(changeView), next: page.next };
  };
  return [
    route({
      method: "GET",
      path: "/api/loom/changes",
      summary: "How strands were added, edited, lost and found again, newest first",
      access: "viewer",
      query: listQuery,
      answer: { status: 200, schema: schemas.page(schemas.change) },
      handle: async ({ query }) => ({ body: await list(undefined, query) }),
    }),
    route({
      method: "GET",
      path: "/api/loom/strands/:id/changes",
      summary: "How a strand was added, edited, lost and found again, newest first",
      access: "viewer",
      query: listQuery,
      answer: { status: 200, schema: schemas.page(schemas.change) },
      handle: async ({ params, query }) => ({ body: await list((await findStrand(services, params["id"]!)).id, query) }),
    }),
  ];
}
