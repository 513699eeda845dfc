import { beginAudit, endAudit, pruneAudit } from "./audit.ts";
import { acknowledgeChanges } from "./changes.ts";
import { addCommand, moveCommand } from "./commands.ts";
import { appendEvent, pruneEvents } from "./events.ts";
import { deleteValue, setValue } from "./kv.ts";
import { probe } from "./probe.ts";
import { applyLook } from "./looks.ts";
import { saveNode } from "./nodes.ts";
import { pruneCommands, pruneRuns } from "./prune.ts";
import { observeRuns } from "./recordRuns.ts";
import { acknowledgeMissed, pruneOccurrences, pruneOccurrencesOf, settleOccurrences } from "./occurrences.ts";
import { beginPause, movePauseEntry, pauseAgain, resumePause } from "./pauses.ts";
import { acknowledgeRun, markStuck } from "./runs.ts";
import { shrink } from "./space.ts";
import { addSession, removeExpiredSessions, removeSession } from "./sessions.ts";
import { registerSource, retireSource, setSourceHealth } from "./sources.ts";
import { setGrace } from "./strandRows.ts";
import { addToken, revokeToken } from "./tokens.ts";
import type { Transaction } from "./transaction.ts";
import { applyMoves } from "./woven/applyMoves.ts";
import { keepArtifact } from "./woven/artifacts.ts";
import { beginRun } from "./woven/beginRun.ts";
import { keepBundle, pruneBundles } from "./woven/bundles.ts";
import { letGo } from "./woven/letGo.ts";
import { appendOutput } from "./woven/outputChunks.ts";
import { takeOver } from "./woven/takeOver.ts";
import { layStrand, moveFired, removeWoven, switchWoven } from "./woven/weave.ts";

/** What the writer thread does, each inside a transaction of its own or shared. */
export const writes = {
  "events.append": appendEvent,
  "events.prune": pruneEvents,
  "nodes.save": saveNode,
  "sources.register": registerSource,
  "sources.setHealth": setSourceHealth,
  "sources.retire": retireSource,
  "strands.applyLook": applyLook,
  "strands.setGrace": setGrace,
  "runs.observe": observeRuns,
  "runs.acknowledge": acknowledgeRun,
  "runs.markStuck": markStuck,
  "occurrences.settle": settleOccurrences,
  "occurrences.acknowledge": acknowledgeMissed,
  "occurrences.prune": pruneOccurrences,
  "occurrences.pruneStrand": pruneOccurrencesOf,
  "changes.acknowledge": acknowledgeChanges,
  "runs.prune": pruneRuns,
  "commands.add": addCommand,
  "commands.move": moveCommand,
  "commands.prune": pruneCommands,
  "pauses.begin": beginPause,
  "pauses.again": pauseAgain,
  "pauses.resume": resumePause,
  "pauses.move": movePauseEntry,
  "sessions.add": addSession,
  "sessions.remove": removeSession,
  "sessions.removeExpired": removeExpiredSessions,
  "tokens.add": addToken,
  "tokens.revoke": revokeToken,
  "audit.begin": beginAudit,
  "audit.end": endAudit,
  "audit.prune": pruneAudit,
  "probe": probe,
  "shrink": shrink,
  "kv.set": setValue,
  "kv.delete": deleteValue,
  "weave.lay": layStrand,
  "weave.remove": removeWoven,
  "weave.switch": switchWoven,
  "weave.fired": moveFired,
  "weave.keepBundle": keepBundle,
  "weave.pruneBundles": pruneBundles,
  "driven.begin": beginRun,
  "driven.takeOver": takeOver,
  "driven.letGo": letGo,
  "driven.apply": applyMoves,
  "driven.appendOutput": appendOutput,
  "driven.keepArtifact": keepArtifact,
} satisfies Record<string, (tx: Transaction, ...args: never[]) => unknown>;

export type Writes = typeof writes;
