import { getCommand } from "./commandRows.ts";
import { addCommand, listCommands, moveCommand } from "./commands.ts";
import type { Database } from "./database.ts";
import { appendEvent, eventsAfter, lastEvent, pruneEvents } from "./events.ts";
import { deleteValue, getValue, setValue } from "./kv.ts";
import { applyLook } from "./looks.ts";
import { listNodes, saveNode } from "./nodes.ts";
import { observeRuns } from "./observe.ts";
import { acknowledgeRun, getRun, knownRuns, listRuns } from "./runs.ts";
import { addSession, findSessionByCookie, removeExpiredSessions, removeSession } from "./sessions.ts";
import { listSources, registerSource, retireSource, setSourceHealth } from "./sources.ts";
import { countRows } from "./stats.ts";
import { allStrands, getStrands } from "./strands.ts";
import type { Transaction } from "./transaction.ts";

/** What the writer thread does, each inside a transaction of its own or shared. */
export const writes = {
  "events.append": appendEvent,
  "events.prune": pruneEvents,
  "nodes.save": saveNode,
  "sources.register": registerSource,
  "sources.setHealth": setSourceHealth,
  "sources.retire": retireSource,
  "strands.applyLook": applyLook,
  "runs.observe": observeRuns,
  "runs.acknowledge": acknowledgeRun,
  "commands.add": addCommand,
  "commands.move": moveCommand,
  "sessions.add": addSession,
  "sessions.remove": removeSession,
  "sessions.removeExpired": removeExpiredSessions,
  "kv.set": setValue,
  "kv.delete": deleteValue,
} satisfies Record<string, (tx: Transaction, ...args: never[]) => unknown>;

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

export type Writes = typeof writes;
export type Reads = typeof reads;
