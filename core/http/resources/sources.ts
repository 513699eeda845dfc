import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { sourceView } from "../views/source.ts";
import { pageById } from "./paging.ts";
import type { ResourceTools } from "./shared.ts";

/** The schedulers that are mirrored, and how fresh what is known of them is. */
export function sourceRoutes({ services, nodes }: ResourceTools): RouteSpec[] {
  return [
    route({
      method: "GET",
      path: "/api/loom/sources",
      summary: "Every source with its health",
      access: "credential",
      query: schemas.pageQuery,
      answer: { status: 200, schema: schemas.page(schemas.source) },
      handle: ({ query }) => {
        const strands = Map.groupBy(services.index.strands(), (strand) => strand.sourceId);
        const items = [...services.index.sources()].map((source) => sourceView(source, strands.get(source.id)?.length ?? 0, nodes));
        return { body: pageById(items, query) };
      },
    }),
  ];
}
