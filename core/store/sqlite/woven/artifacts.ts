import { LoomError } from "../../../errors/loomError.ts";
import type { ArtifactPart, ArtifactRecord, DrivenRunStore, NotFound, Ok } from "../../contract.ts";
import type { Database } from "../database.ts";
import type { Transaction } from "../transaction.ts";

/** An artifact on its way to the thread: messages are JSON, so its bytes are in base64. */
export type SentArtifact = Omit<Parameters<DrivenRunStore["keepArtifact"]>[0], "data"> & { readonly base64: string };

/** So many may a run have: all of them are told with it. */
const MOST = 5_000;

/**
 * Keeps an artifact, in the place of one of the same name.
 * @throws LoomError TOO_LARGE where the run has as many as it may have
 */
export function keepArtifact({ db }: Transaction, { runId, step, name, kind, base64, at }: SentArtifact): Ok | NotFound {
  if (!db.get("SELECT 1 FROM step_runs WHERE run_id = ? AND step_id = ?", runId, step)) return { outcome: "not_found" };
  const others = db.get<{ count: number }>("SELECT count(*) AS count FROM artifacts WHERE run_id = ? AND NOT (step_id = ? AND name = ?)", runId, step, name)!.count;
  if (others >= MOST) throw new LoomError("TOO_LARGE", `The run has ${MOST} artifacts, and may have no more.`, { help: "Put more into each." });
  const data = Buffer.from(base64, "base64");
  db.run(
    "INSERT OR REPLACE INTO artifacts (run_id, step_id, name, kind, bytes, created_at, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
    runId, step, name, kind, data.length, at, data,
  );
  return { outcome: "ok" };
}

/** What a run's steps have kept, in the order of the steps. */
export function listArtifacts(db: Database, runId: string): ArtifactRecord[] {
  return db.all<ArtifactRecord>(
    `SELECT artifacts.step_id AS stepId, name, kind, bytes, created_at AS createdAt
     FROM artifacts JOIN step_runs USING (run_id, step_id) WHERE run_id = ? ORDER BY seq, created_at, name`,
    runId,
  );
}

/** Read at a time: SQLite takes up the whole for each part, and the whole as a message would take up the gateway. */
const PART_BYTES = 1_048_576;

/** A part on its way to the gateway. */
export type SentPart = Omit<ArtifactPart, "data"> & { readonly base64: string };

export function artifactAfter(db: Database, runId: string, step: string, name: string, offset: number): SentPart | null {
  const row = db.get<Omit<ArtifactPart, "data"> & { data: Buffer }>(
    `SELECT kind, bytes, created_at AS createdAt, coalesce(substr(data, ?, ${PART_BYTES}), x'') AS data FROM artifacts WHERE run_id = ? AND step_id = ? AND name = ?`,
    offset + 1, runId, step, name,
  );
  if (!row) return null;
  const { data, ...part } = row;
  return { ...part, base64: data.toString("base64") };
}
