import * as z from "zod";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { storeView } from "../views/store.ts";
import { iso } from "../views/times.ts";
import type { ResourceTools } from "./shared.ts";

/** Who answers, and whether it is well. */
export function gatewayRoutes({ services }: ResourceTools): RouteSpec[] {
  const { node, version, store, startedAt, hostZone } = services;
  return [
    route({
      method: "GET",
      path: "/api/loom/gateway",
      summary: "The gateway that answers",
      access: "viewer",
      answer: { status: 200, schema: schemas.gateway },
      handle: () => ({ body: { name: "loom", version, node, feed: store.feed, startedAt: iso(startedAt), hostZone, store: storeView(store.health) } satisfies schemas.GatewayView }),
    }),
    route({
      method: "GET",
      path: "/healthz",
      summary: "Whether the gateway answers at all",
      access: "open",
      answer: { status: 200, schema: z.object({ ok: z.literal(true) }) },
      handle: () => ({ body: { ok: true } }),
    }),
    route({
      method: "GET",
      path: "/readyz",
      summary: "Whether everything is up and can be stored; 503 while it is not",
      access: "open",
      answer: { status: 200, schema: z.object({ ready: z.boolean() }) },
      handle: () => {
        const ready = services.ready() && store.health.trouble === null;
        return { status: ready ? 200 : 503, body: { ready } };
      },
    }),
  ];
}
