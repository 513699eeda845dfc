// An example to run, to read, and to copy: put it into ~/.loom/workflows/ under an id of your own.
import { defineWorkflow } from "loom-gateway";
import * as z from "zod";

export const workflow = defineWorkflow({
  id: "example-retry",
  name: "Example: retries and phases",
  description: "Harmless, and never runs by itself: press Run to see a step that fails before it succeeds, and one that shows its phases.",
  // There is no schedule and no trigger: only you start it. The page makes a form of this input,
  // the command line an option: loom run example-retry --failures 3
  input: z.object({
    failures: z.int().min(0).max(4).default(2).describe("How often FLAKY fails before it succeeds."),
    pieces: z.int().min(1).max(50).default(5).describe("How many pieces STAGES works through."),
  }),
  steps: [
    {
      id: "flaky",
      label: "FLAKY",
      // With five attempts, up to four may fail. The waits between them: about 1, 2, 4 and 8 seconds.
      retries: 4,
      backoff: { initialMs: 1_000, factor: 2 },
      run: (ctx) => {
        if (ctx.attempt <= ctx.input.failures) throw new Error(`Attempt ${ctx.attempt} fails, as you asked.`);
        ctx.log.info("It works now.", { attempt: ctx.attempt });
        return { attempts: ctx.attempt };
      },
    },
    {
      id: "stages",
      label: "STAGES",
      dependsOn: ["flaky"],
      run: async (ctx) => {
        // Each phase is a row of its own while it runs, and stays in the history.
        const pieces = await ctx.phase("collect", async () => {
          await ctx.sleep(200);
          return Array.from({ length: ctx.input.pieces }, (_, n) => `piece ${n + 1}`);
        });
        await ctx.phase("work", async () => {
          for (const [n, piece] of pieces.entries()) {
            // Ends at once when you cancel the run.
            await ctx.sleep(200);
            ctx.log.info(piece);
            ctx.progress((n + 1) / pieces.length);
          }
        });
        // Kept beside the result, for whoever wants to look at it.
        await ctx.artifact("pieces.txt", pieces.join("\n"));
        return { pieces: pieces.length, attemptsBefore: ctx.results.flaky.attempts };
      },
    },
  ],
});
