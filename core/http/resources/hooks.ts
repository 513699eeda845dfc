import { isLoomError } from "../../errors/loomError.ts";
import type { Guesses } from "../guards/guesses.ts";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { runAnswerView } from "../views/runAnswer.ts";
import type { ResourceTools } from "./shared.ts";

export interface HookTools extends ResourceTools {
  readonly guesses: Guesses;
}

/** Where other programs start workflows, each with that workflow's own secret. */
export function hookRoutes({ services, guesses }: HookTools): RouteSpec[] {
  return [
    route<Record<string, never>, Buffer>({
      method: "POST",
      path: "/hooks/:id",
      summary: "Starts a workflow that has a webhook: the body is signed with its secret, or a header holds it",
      access: "open",
      body: "raw",
      answer: { status: 202, schema: schemas.runAnswer },
      handle: async ({ params, headers, body, peer, proved }) => {
        try {
          return { body: runAnswerView(await services.webhooks.receive({ workflowId: params["id"]!, headers, body }, (start) => proved("webhook", start))) };
        } catch (error) {
          throw isLoomError(error) && error.code === "WEBHOOK_REFUSED" ? guesses.wrong(peer, error) : error;
        }
      },
    }),
  ];
}
