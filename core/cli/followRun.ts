import { LoomError } from "../errors/loomError.ts";
import type { EventView, RunDetail } from "../http/schemas.ts";
import { exitCodes, type Cli } from "./cli.ts";
import type { Client } from "./client.ts";
import { openFeed, type FeedMessage } from "./feed.ts";
import { RunOutput } from "./runOutput.ts";
import { runCell } from "./strandWords.ts";
import { duration, printable } from "./text.ts";

/** What the states of a step are called here; of the others nothing is said. */
const SAID: Readonly<Record<string, string>> = {
  "step.started": "started",
  "step.retrying": "failed, and is tried again",
  "step.completed": "completed",
  "step.failed": "failed",
  "step.failed_crash": "failed: Loom died meanwhile",
  "step.skipped": "skipped",
};

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
  let run = await printAll(client, output, runId);
  while (run.finishedAt === null) {
    const heard = feed.next();
    if (waiting.length === 0 && !feed.isOpen) throw new LoomError("GATEWAY_NOT_RUNNING", "The gateway broke the line off.", { help: "`loom logs` shows how it went on, once Loom is up again." });
    if (waiting.length === 0) await heard;
    const messages = waiting.splice(0);
    for (const step of new Set(messages.flatMap(stepsOf))) await output.print(step);
    if (only === undefined) for (const message of messages) if (message.type === "event") tell(cli, message.event);
    if (messages.some((message) => message.type === "behind" || (message.type === "event" && message.event.type === "run.finished"))) run = await printAll(client, output, runId);
  }
  output.end();
  tellEnd(cli, run);
}

/** Whatever has been printed by now. */
async function printAll(client: Client, output: RunOutput, runId: string): Promise<RunDetail> {
  const run = await client.get<RunDetail>(`runs/${encodeURIComponent(runId)}`);
  for (const step of run.steps) if (step.outputBytes !== null) await output.print(step.id);
  return run;
}

function concerns(message: FeedMessage, runId: string): boolean {
  switch (message.type) {
    case "event":
      return message.event.runId === runId;
    case "news":
      return message.news.runId === runId && message.news.is === "output";
    default:
      return message.type === "behind";
  }
}

/** The steps that may have printed something. */
function stepsOf(message: FeedMessage): string[] {
  if (message.type === "news") return [message.news.step];
  const stepId = message.type === "event" ? message.event.data["stepId"] : null;
  return typeof stepId === "string" ? [stepId] : [];
}

function tell({ terminal }: Cli, { type, data }: EventView): void {
  const said = SAID[type];
  if (said === undefined) return;
  const why = typeof data["error"] === "string" ? `: ${data["error"]}` : typeof data["reason"] === "string" ? ` (${data["reason"]})` : "";
  terminal.out(terminal.paint("dim", printable(`${String(data["stepId"])}  ${said}${why}`)));
}

function tellEnd(cli: Cli, run: RunDetail): void {
  const { out, paint } = cli.terminal;
  const { text, colour } = runCell(run) as { text: string; colour?: Parameters<typeof paint>[0] };
  const why = run.error ?? run.code;
  out(`${colour ? paint(colour, text) : text}${run.durationMs === null ? "" : ` after ${duration(run.durationMs)}`}${why === null ? "" : `: ${printable(why)}`}`);
  if (run.status !== "succeeded") cli.exit(exitCodes.failed);
}
