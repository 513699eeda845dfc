import { route, type RouteSpec } from "../route.ts";
import type { Metrics } from "../metrics.ts";

/** The figures of this gateway. */
export function metricsRoutes(metrics: Metrics): RouteSpec[] {
  return [
    route({
      method: "GET",
      path: "/metrics",
      summary: "Figures for Prometheus",
      access: "viewer",
      answer: { status: 200, schema: "text/plain; version=0.0.4; charset=utf-8" },
      handle: async () => ({ raw: await metrics.text() }),
    }),
  ];
}
