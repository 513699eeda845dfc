import type { Clock } from "../../clock/clock.ts";
import { catalogue, type ErrorCode } from "../../errors/catalogue.ts";
import { isLoomError, LoomError, messageOf } from "../../errors/loomError.ts";
import type { GatewayView, PluginView, SourceView } from "../../http/schemas.ts";
import { problemLine } from "../problemLine.ts";
import { connect, type Client } from "../client.ts";
import { requestGateway } from "../request.ts";
import { runningGateway } from "../runningGateway.ts";
import { finding, mendable, type Finding } from "./finding.ts";
import { lockHolder } from "./lock.ts";

/** A source may be away for a moment, as while it is updated. */
const STALE_FOR_LONG_MS = 60_000;

/** Asks the running gateway how it, its plugins and its sources are. */
export async function examineGateway(home: string, clock: Clock): Promise<Finding[]> {
  try {
    if (!runningGateway(home)) return [examineSilence(home)];
    const client = connect(home);
    const { version, store } = await client.get<GatewayView>("gateway");
    const [plugins, sources] = await Promise.all([client.list<PluginView>("plugins"), client.list<SourceView>("sources")]);
    return [
      finding("ok", `The gateway answers at ${client.gateway.address}, version ${version}`),
      ...plugins.flatMap(examinePlugin),
      ...sources.map((source) => examineSource(client, source, clock.now())),
      ...(store?.trouble ? [examineTrouble(store.trouble)] : await readiness(client)),
    ];
  } catch (error) {
    return [finding("error", messageOf(error), isLoomError(error) ? error.help : null)];
  }
}

/** Tells a gateway that is down from one that has the home and cannot be found. */
function examineSilence(home: string): Finding {
  const holder = lockHolder(home);
  if (holder === null) return finding("info", "The gateway is not running", "Start it with `loom start`.");
  return finding("warning", holder, "It does not say where it listens: it is starting or stopping, or it hangs. Look again in some seconds; then stop that process.");
}

function examineTrouble({ code, message, help, since }: NonNullable<GatewayView["store"]["trouble"]>): Finding {
  return finding("error", `The store has been in trouble since ${since} (${code})`, message, help);
}

async function readiness({ gateway }: Client): Promise<Finding[]> {
  const { status } = await requestGateway(`${gateway.address}/readyz`);
  return status === 200 ? [] : [finding("warning", "The gateway is up and not ready yet", "Look again in some seconds; its log says what it waits for.")];
}

function examinePlugin({ id, error, notice, warnings, state }: PluginView): Finding[] {
  const found = warnings.map((warning) => finding("warning", `plugin ${id}: ${warning}`));
  if (notice) found.push(finding(notice.level, `plugin ${id}: ${notice.title}`, ...notice.lines));
  if (error) {
    const unsaid = error.problems.map(problemLine).filter((line) => !error.message.includes(line));
    found.push(finding("error", `plugin ${id}: ${error.message}`, ...unsaid, helpFor(error.code)));
  }
  return found.length > 0 ? found : [finding("ok", `plugin ${id}: ${state}`)];
}

/** What the catalogue advises; null for a code that it does not have, as from a gateway of another version. */
function helpFor(code: string): string | null {
  return Object.hasOwn(catalogue, code) ? catalogue[code as ErrorCode].help : null;
}

/** How bad it is that a source is not fresh, at `now` (milliseconds since 1970). */
export function worryOf({ freshness, since }: Pick<SourceView, "freshness" | "since">, now: number): Finding["level"] {
  return freshness === "stale" && now - Date.parse(since) <= STALE_FOR_LONG_MS ? "warning" : "error";
}

function examineSource(client: Client, source: SourceView, now: number): Finding {
  const { id, label, freshness, strands, message, help, schedulerOn, since, lastGoodReadAt, version } = source;
  if (freshness === "fresh" && schedulerOn) return finding("ok", `${label}${version === null ? "" : ` ${version}`}: ${strands} ${strands === 1 ? "strand" : "strands"}`);
  if (freshness === "fresh") return finding("warning", `${label}: its scheduler is switched off, so nothing runs by itself`, "Switch it on where it runs; its strands show the firings that are missed.");
  const read = lastGoodReadAt === null ? "It was never read." : `Last read well at ${lastGoodReadAt}.`;
  const what = `${label}: ${freshness} since ${since}${message === null ? "" : `: ${message}`}`;
  const mend = freshness === "suspect" ? `loom sources accept ${id}` : null;
  const found = finding(worryOf(source, now), what, read, help, mend);
  if (freshness !== "stale") return found;
  return mendable(found, async () => {
    const again = await client.post<SourceView>(`sources/${encodeURIComponent(id)}/look`);
    if (again.freshness === "stale") throw new LoomError("SOURCE_UNREACHABLE", "It was read again just now, and is still stale.");
    return `it was read again, and is ${again.freshness}`;
  });
}
