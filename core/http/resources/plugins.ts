import * as z from "zod";
import { LoomError } from "../../errors/loomError.ts";
import { pluginAnswer } from "../pluginAnswer.ts";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { pluginView } from "../views/plugin.ts";
import { pageById } from "./paging.ts";
import type { ResourceTools } from "./shared.ts";

const row = z.object({ label: z.string(), value: z.string(), level: z.enum(["ok", "warning", "error"]).nullable() });

/** Plugins with their state, and what their widgets show. */
export function pluginRoutes({ services, clock }: ResourceTools): RouteSpec[] {
  return [
    route({
      method: "GET",
      path: "/api/loom/plugins",
      summary: "Every plugin found, with its state",
      access: "viewer",
      query: schemas.pageQuery,
      answer: { status: 200, schema: schemas.page(schemas.plugin) },
      handle: ({ query }) => {
        const { items, next } = pageById(services.plugins.list(), query);
        return { body: { items: items.map(pluginView), next } };
      },
    }),
    route({
      method: "GET",
      path: "/api/loom/plugins/:id/widgets/:widget",
      summary: "The rows of a plugin's widget, as they are now",
      access: "viewer",
      ofPlugin: true,
      answer: { status: 200, schema: z.object({ id: z.string(), title: z.string(), rows: z.array(row) }) },
      handle: async ({ params }) => {
        const entry = services.widgets.list().find(({ owner, item }) => owner.plugin === params["id"] && item.id === params["widget"]);
        if (!entry) throw new LoomError("NOT_FOUND", `The plugin ${params["id"]} has no widget ${params["widget"]}.`, { help: "`loom plugins` lists what there is." });
        const rows = await pluginAnswer(clock, entry.owner.plugin, async () => entry.item.read());
        const texts = rows.map(({ label, value, level }) => ({ label: services.redact(String(label)), value: services.redact(String(value)), level: level ?? null }));
        return { body: { id: entry.item.id, title: entry.item.title, rows: texts } };
      },
    }),
  ];
}
