-- Strands of Loom's own: the code they are made of, how their runs stand, and what their steps gave.

CREATE TABLE bundles (
  hash  TEXT PRIMARY KEY,
  entry TEXT NOT NULL,
  code  TEXT NOT NULL,
  map   TEXT
) STRICT;

ALTER TABLE strands ADD COLUMN bundle_hash TEXT;
ALTER TABLE strands ADD COLUMN shipped INTEGER NOT NULL DEFAULT 0;
-- What the file says, and a person's switch, which goes before it; `enabled` is what comes of both.
ALTER TABLE strands ADD COLUMN enabled_in_file INTEGER;
ALTER TABLE strands ADD COLUMN enabled_override INTEGER;
ALTER TABLE strands ADD COLUMN fired_until INTEGER;
ALTER TABLE strand_versions ADD COLUMN bundle_hash TEXT;

-- 1: Loom moves it from state to state; no source is asked what became of it.
ALTER TABLE runs ADD COLUMN driven INTEGER NOT NULL DEFAULT 0;
-- `started_at` is the same until it starts.
ALTER TABLE runs ADD COLUMN queued_at INTEGER;
ALTER TABLE runs ADD COLUMN version INTEGER;
ALTER TABLE runs ADD COLUMN concurrency_key TEXT;
ALTER TABLE runs ADD COLUMN rerun_of TEXT;
ALTER TABLE runs ADD COLUMN parent_run_id TEXT;
ALTER TABLE runs ADD COLUMN parent_step TEXT;
ALTER TABLE runs ADD COLUMN parent_epoch INTEGER;
ALTER TABLE runs ADD COLUMN cancel_at INTEGER;
ALTER TABLE runs ADD COLUMN cancel_grace_ms INTEGER;
ALTER TABLE runs ADD COLUMN bundles TEXT;
ALTER TABLE runs ADD COLUMN input TEXT;
CREATE INDEX runs_driven_open ON runs (queued_at, run_id) WHERE driven = 1 AND finished_at IS NULL;
CREATE INDEX runs_by_parent ON runs (parent_run_id, parent_step, parent_epoch) WHERE parent_run_id IS NOT NULL;

ALTER TABLE step_runs ADD COLUMN code TEXT;
ALTER TABLE step_runs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
ALTER TABLE step_runs ADD COLUMN boot_id TEXT;
-- `each` was asked: -1 stands for no list, and NULL for not asked yet.
ALTER TABLE step_runs ADD COLUMN answer_items INTEGER;
ALTER TABLE step_runs ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE step_runs ADD COLUMN hold_reason TEXT;
ALTER TABLE step_runs ADD COLUMN hold_until INTEGER;
ALTER TABLE step_runs ADD COLUMN retry_at INTEGER;
ALTER TABLE step_runs ADD COLUMN deadline_at INTEGER;
ALTER TABLE step_runs ADD COLUMN host_pid INTEGER;
ALTER TABLE step_runs ADD COLUMN host_start INTEGER;
-- Of a step with `each`: JSON lists, of which each item's row has its own in `input` and `item`.
ALTER TABLE step_runs ADD COLUMN inputs TEXT;
ALTER TABLE step_runs ADD COLUMN items TEXT;
ALTER TABLE step_runs ADD COLUMN item TEXT;

-- Attempts that are over; the one under way is told by its row.
CREATE TABLE attempts (
  run_id      TEXT NOT NULL,
  step_id     TEXT NOT NULL,
  epoch       INTEGER NOT NULL,
  attempt     INTEGER NOT NULL,
  status      TEXT NOT NULL,
  code        TEXT,
  error       TEXT,
  node_id     TEXT NOT NULL,
  boot_id     TEXT NOT NULL,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, step_id, epoch),
  FOREIGN KEY (run_id, step_id) REFERENCES step_runs (run_id, step_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Outputs that grow while they are shown: where each piece begins, in bytes of UTF-8.
CREATE TABLE output_chunks (
  run_id    TEXT NOT NULL,
  step_id   TEXT NOT NULL,
  from_byte INTEGER NOT NULL,
  text      TEXT NOT NULL,
  PRIMARY KEY (run_id, step_id, from_byte),
  FOREIGN KEY (run_id, step_id) REFERENCES step_runs (run_id, step_id) ON DELETE CASCADE
) STRICT;

CREATE TABLE artifacts (
  run_id     TEXT NOT NULL,
  step_id    TEXT NOT NULL,
  name       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  bytes      INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  data       BLOB NOT NULL,
  PRIMARY KEY (run_id, step_id, name),
  FOREIGN KEY (run_id, step_id) REFERENCES step_runs (run_id, step_id) ON DELETE CASCADE
) STRICT;
