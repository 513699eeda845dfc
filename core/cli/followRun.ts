import { LoomError } from "../errors/loomError.ts";
import type { EventView, RunDetail } from "../http/schemas.ts";
import { exitCodes, type Cli } from "./cli.ts";
import type { Client } from "./client.ts";
import { openFeed, type FeedMessage } from "./feed.ts";
import { RunOutput } from "./runOutput.ts";
import { StepEnds } from "./stepEnds.ts";
import { runCell } from "./strandWords.ts";
import { duration, printable } from "./text.ts";

/**
 * Shows what happens in a run until it has ended, and what its steps print. Sets the exit code of a failure unless it succeeds.
 * @param only the one step whose output is wanted
 * @throws LoomError NOT_FOUND, GATEWAY_NOT_RUNNING
 */
export async function followRun(cli: Cli, client: Client, runId: string, only?: string): Promise<void> {
  const waiting: FeedMessage[] = [];
  await using feed = await openFeed(client, (message) => {
    if (concerns(message, runId)) waiting.push(message);
  });
  await feed.watch(runId);
  const output = new RunOutput(cli, client, runId, only);
  const ends = only === undefined ? new StepEnds(cli.terminal) : null;

  /** Whatever has happened by now. */
  const catchUp = async (): Promise<RunDetail> => {
    const run = await client.get<RunDetail>(`runs/${encodeURIComponent(runId)}`);
    for (const { id, status, reason, error, outputBytes } of run.steps) {
      if (outputBytes !== null) await output.print(id);
      ends?.tell(id, { status, reason, error });
    }
    return run;
  };

  const tellStep = async ({ data }: EventView): Promise<void> => {
    const step = data["stepId"];
    if (typeof step !== "string") return;
    // Whatever it printed goes before its end.
    await output.print(step);
    ends?.tell(step, data);
  };

  let run = await catchUp();
  while (run.finishedAt === null) {
    const heard = feed.next();
    if (waiting.length === 0 && !feed.isOpen) throw new LoomError("GATEWAY_NOT_RUNNING", "The gateway broke the line off.", { help: "`loom logs` shows how it went on, once Loom is up again." });
    if (waiting.length === 0) await heard;
    let isOver = false;
    for (const message of waiting.splice(0)) {
      if (message.type === "news" && message.news.is === "output") await output.add(message.news.step, message.news.text, message.news.bytes);
      if (message.type === "event") await tellStep(message.event);
      isOver ||= message.type === "behind" || (message.type === "event" && message.event.type === "run.finished");
    }
    if (isOver) run = await catchUp();
  }
  output.end();
  tellEnd(cli, run);
}

function concerns(message: FeedMessage, runId: string): boolean {
  switch (message.type) {
    case "event":
      return message.event.runId === runId;
    case "news":
      return message.news.runId === runId;
    default:
      return message.type === "behind";
  }
}

function tellEnd(cli: Cli, run: RunDetail): void {
  const { out, paint } = cli.terminal;
  const { text, colour } = runCell(run) as { text: string; colour?: Parameters<typeof paint>[0] };
  const [why = null, ...where] = (run.error ?? run.code)?.split("\n") ?? [];
  out(`${colour ? paint(colour, text) : text}${run.durationMs === null ? "" : ` after ${duration(run.durationMs)}`}${why === null ? "" : `: ${printable(why)}`}`);
  // Further in than what Loom says itself: the words may be anybody's.
  for (const line of where) out(paint("dim", `  ${printable(line)}`));
  if (run.status !== "succeeded") cli.exit(exitCodes.failed);
}
