import type { ArtifactRecord, DrivenRunStore, NotFound, Ok } from "../../contract.ts";
import type { Database } from "../database.ts";
import type { Transaction } from "../transaction.ts";

/** An artifact on its way to the thread: messages are JSON, so its bytes are in base64. */
export type SentArtifact = Omit<Parameters<DrivenRunStore["keepArtifact"]>[0], "data"> & { readonly base64: string };

/** Keeps an artifact, in the place of one of the same name. */
export function keepArtifact({ db }: Transaction, { runId, step, name, kind, base64, at }: SentArtifact): Ok | NotFound {
  if (!db.get("SELECT 1 FROM step_runs WHERE run_id = ? AND step_id = ?", runId, step)) return { outcome: "not_found" };
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

export function readArtifact(db: Database, runId: string, step: string, name: string): { kind: ArtifactRecord["kind"]; base64: string } | null {
  const row = db.get<{ kind: ArtifactRecord["kind"]; data: Buffer }>("SELECT kind, data FROM artifacts WHERE run_id = ? AND step_id = ? AND name = ?", runId, step, name);
  return row ? { kind: row.kind, base64: row.data.toString("base64") } : null;
}
