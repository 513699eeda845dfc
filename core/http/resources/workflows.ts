import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { workflowFileView } from "../views/workflowFile.ts";
import { pageById } from "./paging.ts";
import type { ResourceTools } from "./shared.ts";

/** The files of workflows and operations. */
export function workflowRoutes({ services }: ResourceTools): RouteSpec[] {
  return [
    route({
      method: "GET",
      path: "/api/loom/workflows",
      summary: "Every file of workflows and operations, what it holds, and what keeps it from being live",
      access: "viewer",
      query: schemas.pageQuery,
      answer: { status: 200, schema: schemas.page(schemas.workflowFile) },
      handle: ({ query }) => {
        const { items, next } = pageById(services.library.files().map((file) => ({ id: file.path, file })), query);
        return { body: { items: items.map(({ file }) => workflowFileView(file)), next } };
      },
    }),
    route({
      method: "POST",
      path: "/api/loom/reload",
      summary: "Reads all of these files again, and answers when what they hold is live",
      access: "operator",
      answer: { status: 200, schema: schemas.page(schemas.workflowFile) },
      handle: async () => ({ body: { items: (await services.library.reload()).map(workflowFileView), next: null } }),
    }),
  ];
}
