import { getCommand } from "./commandRows.ts";
import { listCommands } from "./commands.ts";
import type { Database } from "./database.ts";
import { eventsAfter, lastEvent } from "./events.ts";
import { getValue } from "./kv.ts";
import { listNodes } from "./nodes.ts";
import { getRun, knownRuns, listRuns } from "./runs.ts";
import { findSessionByCookie } from "./sessions.ts";
import { listSources } from "./sources.ts";
import { countRows } from "./stats.ts";
import { allStrands, getStrands } from "./strands.ts";

/** What the reader thread does. */
export const reads = {
  "events.after": eventsAfter,
  "events.last": lastEvent,
  "nodes.list": listNodes,
  "sources.list": listSources,
  "strands.all": allStrands,
  "strands.getMany": getStrands,
  "runs.known": knownRuns,
  "runs.list": listRuns,
  "runs.get": getRun,
  "commands.get": getCommand,
  "commands.list": listCommands,
  "sessions.findByCookie": findSessionByCookie,
  "kv.get": getValue,
  stats: countRows,
} satisfies Record<string, (db: Database, ...args: never[]) => unknown>;

export type Reads = typeof reads;
