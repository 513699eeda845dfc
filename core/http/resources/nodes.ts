import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { nodeView } from "../views/node.ts";
import { pageById } from "./paging.ts";
import type { ResourceTools } from "./shared.ts";

/** The machines that share this database. */
export function nodeRoutes({ services, nodes }: ResourceTools): RouteSpec[] {
  return [
    route({
      method: "GET",
      path: "/api/loom/nodes",
      summary: "Every machine that runs Loom",
      access: "viewer",
      query: schemas.pageQuery,
      answer: { status: 200, schema: schemas.page(schemas.node) },
      handle: async ({ query }) => {
        const [records] = await Promise.all([services.store.nodes.list(), nodes.load()]);
        const { items, next } = pageById(records, query);
        return { body: { items: items.map((node) => nodeView(node, services.node.id)), next } };
      },
    }),
  ];
}
