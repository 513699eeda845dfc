import { brief, briefNames } from "../brief.ts";
import type { Notice } from "./contract.ts";
import type { RootKind } from "./discover.ts";
import type { ManagedPlugin } from "./managed.ts";
import type { PluginState } from "./states.ts";

/** What a plugin says may hold what others have said to it: so many characters of each text are told, and so many lines and problems. */
const LONGEST = 2_000;
const MOST_LINES = 50;
const MOST_LOOKED_AT = 65_536;

/** How a plugin is, for people. */
export interface PluginInfo {
  readonly id: string;
  readonly name: string;
  readonly version: string | null;
  readonly description: string | null;
  readonly state: PluginState;
  readonly root: RootKind;
  /** The root whose plugin of the same id it takes the place of. */
  readonly overrides: RootKind | null;
  readonly generation: number;
  /** What is wrong now; of an active plugin: why its newest code is not in use. */
  readonly error: { readonly code: string; readonly message: string; readonly problems: readonly { readonly path: string; readonly message: string; readonly mend: string | null }[] } | null;
  readonly notice: Notice | null;
  /** Leaks, and restarts that are needed. */
  readonly warnings: readonly string[];
  readonly provides: {
    readonly sources: number;
    readonly strands: number;
    readonly executors: readonly string[];
    readonly operations: readonly string[];
    readonly routes: readonly string[];
    readonly services: readonly string[];
  };
  readonly permissions: readonly string[];
  readonly widgets: readonly { readonly id: string; readonly title: string }[];
}

/**
 * What a plugin tells of itself now.
 * @param redact takes secrets out of what it says
 */
export function pluginInfo(plugin: ManagedPlugin, redact: (text: string) => string): PluginInfo {
  // Before it is cut, so that no secret is cut in the middle; what is far behind that is not looked at.
  const told = (text: string): string => brief(redact(text.slice(0, MOST_LOOKED_AT)), LONGEST);
  const lines = (all: readonly string[]): string[] => briefNames([...all.slice(0, MOST_LINES).map(told), ...all.slice(MOST_LINES)], MOST_LINES, LONGEST);
  const { found, live, error } = plugin;
  const manifest = live?.manifest ?? found.manifest;
  const list = live?.holding;
  const keys = (entries: readonly { readonly key: string }[] = []): string[] => entries.map((entry) => entry.key);
  return {
    id: plugin.id,
    name: manifest?.name ?? plugin.id,
    version: manifest?.version ?? null,
    description: manifest?.description ?? null,
    state: plugin.state,
    root: found.root,
    overrides: found.overrides,
    generation: plugin.generation,
    error: error && {
      code: error.code,
      message: told(error.message),
      problems: error.problems.slice(0, MOST_LINES).map(({ path, message, mend = null }) => ({ path: told(path), message: told(message), mend: mend && told(mend) })),
    },
    notice: live?.notice ? { level: live.notice.level, title: told(live.notice.title), lines: lines(live.notice.lines) } : null,
    warnings: lines(plugin.warnings),
    provides: {
      sources: list?.list("sources").length ?? 0,
      strands: list?.list("strands").length ?? 0,
      executors: keys(list?.list("executors")),
      operations: keys(list?.list("operations")),
      routes: keys(list?.list("routes")),
      services: keys(list?.list("services")),
    },
    permissions: manifest?.permissions ?? [],
    widgets: (list?.list("widgets") ?? []).map(({ item }) => ({ id: item.id, title: item.title })),
  };
}
