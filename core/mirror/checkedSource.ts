import type { Clock } from "../clock/clock.ts";
import { isLoomError, LoomError, messageOf } from "../errors/loomError.ts";
import { Turns } from "../turns.ts";
import type { Answer, ObservedRun, RunPage, Source } from "./contract.ts";
import { readAnswer, readFiringsWhileOff, readRunPage, readSnapshot } from "./observed.ts";

/** Whatever an adapter asks for, the loop that looks at it leaves the gateway time for others. */
const SHORTEST_MS = 10;
const LONGEST_WAIT_MS = 3_600_000;
const LONGEST_LABEL = 200;
const LONGEST_REASON = 1_000;

type Redact = (text: string) => string;

/** One for each source, so that who asks twice sees the same. */
const known = new WeakMap<Source, Source>();

/**
 * The same source, held to its contract: what it gives is checked and copied before anybody else sees it, and its methods
 * reject where they would have thrown. So nothing that an adapter answers can harm other sources, the store or the page.
 * @param redact takes secrets out of what it says of failures, and of what its runs print
 */
export function checked(source: Source, clock: Pick<Clock, "mono">, redact: Redact): Source {
  let it = known.get(source);
  if (!it) known.set(source, (it = check(source, clock, redact)));
  return it;
}

function check(source: Source, clock: Pick<Clock, "mono">, redact: Redact): Source {
  const turns = (): Turns => new Turns(() => clock.mono());
  const asked = <T>(ask: () => Promise<T>): Promise<T> => ask().catch((error: unknown) => Promise.reject(withoutSecrets(error, redact)));
  const { runs, setEnabled, runNow, askWaitMs } = source;
  const [pollMs, spacingMs] = [interval(source.pollMs), interval(source.spacingMs)];
  return {
    identity: source.identity,
    label: source.label.slice(0, LONGEST_LABEL).toWellFormed(),
    get can() {
      return { setEnabled: ability(source.can.setEnabled), runNow: ability(source.can.runNow) };
    },
    firingsWhileOff: readFiringsWhileOff(source.firingsWhileOff),
    startsMayMove: source.startsMayMove === true,
    ...(pollMs !== undefined && { pollMs }),
    ...(spacingMs !== undefined && { spacingMs }),
    snapshot: (look) => asked(async () => readSnapshot(await source.snapshot(look), turns())),
    ...(runs && { runs: (jobId, page) => asked(async () => runsWithoutSecrets(readRunPage(await source.runs!(jobId, page)), redact, turns())) }),
    ...(setEnabled && { setEnabled: (jobId, enabled, ask) => asked(async () => answerWithoutSecrets(readAnswer(await source.setEnabled!(jobId, enabled, ask)), redact)) }),
    ...(runNow && { runNow: (jobId, ask) => asked(async () => answerWithoutSecrets(readAnswer(await source.runNow!(jobId, ask)), redact)) }),
    ...(askWaitMs && { askWaitMs: (kind, ahead) => wait(source.askWaitMs!(kind, ahead)) }),
    watch: (wake, signal) => source.watch?.(wake, signal),
  };
}

function withoutSecrets(error: unknown, redact: Redact): unknown {
  const message = messageOf(error);
  const shown = redact(message);
  if (shown === message) return error;
  if (!isLoomError(error)) return new Error(shown, { cause: error });
  const { code, problems, details, retryAfterMs, help } = error;
  return new LoomError(code, shown, { problems, details, help: redact(help), cause: error, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

function answerWithoutSecrets(answer: Answer, redact: Redact): Answer {
  return answer.accepted ? answer : { ...answer, reason: redact(answer.reason) };
}

/** Others have their turn between the runs: what they print may be long. */
async function runsWithoutSecrets({ runs, ...page }: RunPage, redact: Redact, turns: Turns): Promise<RunPage> {
  const shown: ObservedRun[] = [];
  for (const run of runs) {
    shown.push({ ...textsOf(run, ["error"], redact), steps: run.steps.map((step) => textsOf(step, ["error", "reason", "output"], redact)) });
    await turns.pass();
  }
  return { ...page, runs: shown };
}

function textsOf<T extends object>(of: T, fields: readonly (keyof T)[], redact: Redact): T {
  const texts = fields.filter((field) => of[field] !== undefined).map((field) => [field, redact(of[field] as string)]);
  return { ...of, ...Object.fromEntries(texts) };
}

function ability(can: true | string): true | string {
  return can === true || String(can).slice(0, LONGEST_REASON);
}

/** Nothing that an adapter says makes a command wait for ever in one go. */
function wait(ms: unknown): number {
  return typeof ms === "number" && ms > 0 ? Math.ceil(Math.min(ms, LONGEST_WAIT_MS)) : 0;
}

function interval(ms: unknown): number | undefined {
  return typeof ms === "number" && Number.isFinite(ms) ? Math.max(SHORTEST_MS, ms) : undefined;
}
