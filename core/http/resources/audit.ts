import * as z from "zod";
import { auditEntry } from "../accessSchemas.ts";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { auditView } from "../views/access.ts";
import type { ResourceTools } from "./shared.ts";

/** Who changed what. */
export function auditRoutes({ services: { store } }: ResourceTools): RouteSpec[] {
  return [
    route({
      method: "GET",
      path: "/api/loom/audit",
      summary: "Changes that were asked for, newest first, with what came of them",
      access: "admin",
      query: schemas.pageQuery.extend({
        who: z.string().max(200).optional().describe("Name of a credential"),
        target: schemas.givenId.optional().describe("Id of what it was asked of, such as a strand"),
      }),
      answer: { status: 200, schema: schemas.page(auditEntry) },
      handle: async ({ query: { limit, cursor, who, target } }) => {
        const { items, next } = await store.audit.list({ limit, cursor: cursor ?? null, ...(who !== undefined && { who }), ...(target !== undefined && { target }) });
        return { body: { items: items.map(auditView), next } };
      },
    }),
  ];
}
