import * as z from "zod";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import type { PauseReport } from "../../run/pause/contract.ts";
import { pauseView } from "../views/pause.ts";
import { findStrand, type ResourceTools } from "./shared.ts";

const what = z.strictObject({ strandId: schemas.givenId.optional().describe("Left out: everything") }).optional();

/** Holding strands still, and letting them go on as they were. */
export function pauseRoutes({ services }: ResourceTools): RouteSpec[] {
  const { pauses, index } = services;
  const view = (report: PauseReport): { body: schemas.PauseView } => ({ body: pauseView(report, index) });
  const idOf = async (body: z.output<typeof what>): Promise<string | null> => (body?.strandId === undefined ? null : (await findStrand(services, body.strandId)).id);
  return [
    route({
      method: "GET",
      path: "/api/loom/pause",
      summary: "What is paused, what is not, and which owners are still to be asked",
      access: "viewer",
      isLong: true,
      answer: { status: 200, schema: schemas.pauseReport },
      handle: async () => view(await pauses.report()),
    }),
    route({
      method: "POST",
      path: "/api/loom/pause",
      summary: "Pauses a strand, or everything: nothing starts until it is resumed",
      access: "operator",
      body: what,
      isLong: true,
      answer: { status: 202, schema: schemas.pauseReport },
      handle: async ({ body, caller }) => view(await pauses.pause(await idOf(body), caller.name)),
    }),
    route({
      method: "POST",
      path: "/api/loom/resume",
      summary: "Ends the pause of a strand, or of everything: each strand goes on as it was before",
      access: "operator",
      body: what,
      isLong: true,
      answer: { status: 202, schema: schemas.pauseReport },
      handle: async ({ body, caller }) => view(await pauses.resume(await idOf(body), caller.name)),
    }),
  ];
}
