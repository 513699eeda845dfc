import * as z from "zod";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { eventView } from "../views/event.ts";
import type { ResourceTools } from "./shared.ts";

const query = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe("Only events with a greater number"),
  limit: schemas.pageQuery.shape.limit,
});

/** The numbered events, for who does not follow the live feed. */
export function eventRoutes({ services }: ResourceTools): RouteSpec[] {
  const { store } = services;
  return [
    route({
      method: "GET",
      path: "/api/loom/events",
      summary: "Events in the order of their numbers; hand `next` back as `after`",
      access: "viewer",
      query,
      answer: {
        status: 200,
        schema: schemas.page(schemas.event).extend({
          feed: z.string().describe("Whose numbers these are"),
          last: z.number().int().describe("The newest number given out"),
          pruned: z.boolean().describe("Some of the events asked for are no longer kept"),
        }),
      },
      handle: async ({ query: { after, limit } }) => {
        const [{ events, pruned }, last] = await Promise.all([store.events.after(after, limit), store.events.last()]);
        const newest = events.at(-1)?.seq ?? last;
        return { body: { items: events.map(eventView), next: newest < last ? String(newest) : null, feed: store.feed, last, pruned } };
      },
    }),
  ];
}
