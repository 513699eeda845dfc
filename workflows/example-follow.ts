// An example to copy: put it into ~/.loom/workflows/ under an id of your own, and name a strand of yours below.
import { defineWorkflow } from "loom-gateway";
import * as z from "zod";

export const workflow = defineWorkflow({
  id: "example-follow",
  name: "Example: follow a mirrored job",
  description: "Shows how a job that another scheduler owns starts a workflow. It is off: copy the file and name a strand of yours.",
  // Off, until you take this line away in your copy.
  enabled: false,
  // `loom strands` lists every strand with its id; that of a mirrored job begins with the plugin that mirrors it. `on` is "succeeded", "failed", or "ended" for both.
  triggers: [{ after: "openclaw-cron-mirror:your-instance:your-job", on: "ended" }],
  // A field of this name is filled with what happened. It is missing when you start the workflow yourself.
  input: z.object({
    after: z.object({ strandId: z.string(), runId: z.string(), status: z.string() }).optional(),
  }),
  steps: [
    {
      id: "look",
      label: "LOOK",
      run: (ctx) => {
        const { after } = ctx.input;
        ctx.log.info(after ? `${after.strandId} has ${after.status}.` : "Nothing was followed: somebody started this by hand.");
        return { failed: after?.status === "failed" };
      },
    },
    {
      id: "help",
      label: "HELP",
      dependsOn: ["look"],
      // Only after a failure. This is the place for what you want to happen then, such as operationId: "notify.webhook".
      when: ({ results }) => results.look.failed,
      run: (ctx) => ctx.log.warn(`Run ${ctx.input.after?.runId} failed: here you could tell somebody.`),
    },
  ],
});
