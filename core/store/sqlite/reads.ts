import { listAudit } from "./audit.ts";
import { listChanges } from "./changes.ts";
import { getCommand, wholeCommand } from "./commandRows.ts";
import { listCommands } from "./commands.ts";
import type { Database } from "./database.ts";
import { eventsAfter, lastEvent } from "./events.ts";
import { getValue } from "./kv.ts";
import { listNodes } from "./nodes.ts";
import { countOccurrences, listOccurrences, openOccurrences, strandsWithOpen } from "./occurrences.ts";
import { stepOutput } from "./outputs.ts";
import { entriesAfter, listPauses } from "./pauses.ts";
import { getRun, knownRuns, listRuns } from "./runs.ts";
import { findSessionByCookie } from "./sessions.ts";
import { listSources } from "./sources.ts";
import { sourceStates } from "./sourceStates.ts";
import { countRows } from "./stats.ts";
import { getStrands, idsGoneFrom, idsOnPage, strandsAfter } from "./strands.ts";
import { getToken, listTokens } from "./tokens.ts";
import { listVersions } from "./versions.ts";
import { artifactAfter, listArtifacts } from "./woven/artifacts.ts";
import { listAttempts } from "./woven/attempts.ts";
import { getBundle } from "./woven/bundles.ts";
import { childOf, getDriven, hostsInUse, openRuns, startedBy } from "./woven/drivenRuns.ts";
import { outputAfter } from "./woven/outputChunks.ts";
import { givenOf, inputOf, resultsOf } from "./woven/rowFacts.ts";
import { versionOf } from "./woven/weave.ts";

/** What the reader thread does. */
export const reads = {
  "events.after": eventsAfter,
  "events.last": lastEvent,
  "nodes.list": listNodes,
  "sources.list": listSources,
  "sources.states": sourceStates,
  "strands.onPage": idsOnPage,
  "strands.goneFrom": idsGoneFrom,
  "strands.after": strandsAfter,
  "strands.getMany": getStrands,
  "runs.known": knownRuns,
  "runs.list": listRuns,
  "runs.get": getRun,
  "runs.output": stepOutput,
  "occurrences.openOf": openOccurrences,
  "occurrences.withOpen": strandsWithOpen,
  "occurrences.list": listOccurrences,
  "occurrences.counts": countOccurrences,
  "changes.list": listChanges,
  "changes.versions": listVersions,
  "commands.get": getCommand,
  "commands.whole": wholeCommand,
  "commands.list": listCommands,
  "pauses.list": listPauses,
  "pauses.entriesAfter": entriesAfter,
  "sessions.findByCookie": findSessionByCookie,
  "tokens.get": getToken,
  "tokens.list": listTokens,
  "audit.list": listAudit,
  "kv.get": getValue,
  "weave.bundle": getBundle,
  "weave.version": versionOf,
  "driven.get": getDriven,
  "driven.open": openRuns,
  "driven.hosts": hostsInUse,
  "driven.childOf": childOf,
  "driven.startedBy": startedBy,
  "driven.results": resultsOf,
  "driven.inputOf": inputOf,
  "driven.given": givenOf,
  "driven.attempts": listAttempts,
  "driven.outputAfter": outputAfter,
  "driven.artifacts": listArtifacts,
  "driven.artifactAfter": artifactAfter,
  stats: countRows,
} satisfies Record<string, (db: Database, ...args: never[]) => unknown>;

export type Reads = typeof reads;
