import { LoomError } from "../../errors/loomError.ts";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { commandView } from "../views/command.ts";
import { anyOf, type ResourceTools } from "./shared.ts";

/** What was asked of the owners of jobs, and what became of it. */
export function commandRoutes({ services }: ResourceTools): RouteSpec[] {
  const { commands } = services.store;
  return [
    route({
      method: "GET",
      path: "/api/loom/commands",
      summary: "Commands, newest first",
      access: "viewer",
      query: schemas.pageQuery.extend({ strand: schemas.givenId.optional().describe("Id of a strand"), status: anyOf(schemas.command.shape.status) }),
      answer: { status: 200, schema: schemas.page(schemas.command) },
      handle: async ({ query: { limit, cursor, strand, status } }) => {
        const page = await commands.list({ limit, cursor: cursor ?? null, ...(strand !== undefined && { strandId: strand }), ...(status && { status }) });
        return { body: { items: page.items.map(commandView), next: page.next } };
      },
    }),
    route({
      method: "GET",
      path: "/api/loom/commands/:id",
      summary: "One command",
      access: "viewer",
      answer: { status: 200, schema: schemas.command },
      handle: async ({ params }) => {
        const command = await commands.get(params["id"]!);
        if (!command) throw new LoomError("NOT_FOUND", `There is no command ${params["id"]}.`, { help: "Check the id; `/api/loom/commands` lists what there is." });
        return { body: commandView(command) };
      },
    }),
    route({
      method: "DELETE",
      path: "/api/loom/commands/:id",
      summary: "Withdraws a command that waits in its owner's queue",
      access: "operator",
      answer: { status: 200, schema: schemas.command },
      handle: async ({ params, caller }) => ({ body: commandView(await services.commands.withdraw(params["id"]!, caller.name)) }),
    }),
  ];
}
