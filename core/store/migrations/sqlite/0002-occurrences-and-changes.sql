-- What became of planned firings, how strands changed, how sources stood, and whole outputs of steps.

ALTER TABLE sources ADD COLUMN firings_while_off TEXT NOT NULL DEFAULT '{}';

ALTER TABLE strands ADD COLUMN scheduled_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE strands ADD COLUMN switched_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE strands ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE strands ADD COLUMN grace_ms INTEGER;
-- How long nearly all of its last hundred successful runs took: asked for far more often than a run changes it.
ALTER TABLE strands ADD COLUMN p95_ms INTEGER;
-- 1: it left the page with its source, and is no news when the source comes back.
ALTER TABLE strands ADD COLUMN gone_with_source INTEGER NOT NULL DEFAULT 0;
-- Nobody wrote down when a strand was switched; it was no later than its last change of any kind.
UPDATE strands SET scheduled_at = edited_at, switched_at = updated_at,
  gone_with_source = gone_at IS NOT NULL AND EXISTS (SELECT 1 FROM sources WHERE sources.source_id = strands.source_id AND retired_at = gone_at);
WITH ranked AS (
  SELECT strand_id, finished_at - started_at AS lasted, row_number() OVER (PARTITION BY strand_id ORDER BY started_at DESC, run_id DESC) AS age
  FROM runs WHERE status = 'succeeded'
), sorted AS (
  SELECT strand_id, lasted, row_number() OVER (PARTITION BY strand_id ORDER BY lasted) AS place, count(*) OVER (PARTITION BY strand_id) AS runs
  FROM ranked WHERE age <= 100
)
UPDATE strands SET p95_ms = sorted.lasted FROM sorted WHERE sorted.strand_id = strands.strand_id AND runs >= 5 AND place = (runs * 95 + 99) / 100;

ALTER TABLE steps ADD COLUMN shares TEXT;
ALTER TABLE runs ADD COLUMN stuck_at INTEGER;
-- NULL although there is an output: it was stored before lengths were, and is at least its tail.
ALTER TABLE step_runs ADD COLUMN output_bytes INTEGER;

CREATE TABLE occurrences (
  strand_id TEXT NOT NULL REFERENCES strands (strand_id),
  due_at    INTEGER NOT NULL,
  status    TEXT NOT NULL,
  cause     TEXT,
  run_id    TEXT,
  grace_ms  INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  judged_at INTEGER,
  ack_at    INTEGER,
  ack_by    TEXT,
  PRIMARY KEY (strand_id, due_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrences_by_status ON occurrences (status, due_at, strand_id);
CREATE INDEX occurrences_asking ON occurrences (due_at, strand_id) WHERE status = 'missed' AND ack_at IS NULL;
-- With the cause, so that a strand's missed firings are counted without the table.
CREATE INDEX occurrences_asking_by_strand ON occurrences (strand_id, due_at, cause) WHERE status = 'missed' AND ack_at IS NULL;

-- Counted apart from the rows, which are forgotten one day.
CREATE TABLE occurrence_counts (
  status TEXT PRIMARY KEY,
  n      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE strand_changes (
  change_id    TEXT PRIMARY KEY,
  strand_id    TEXT NOT NULL REFERENCES strands (strand_id),
  kind         TEXT NOT NULL,
  from_version INTEGER,
  version      INTEGER NOT NULL,
  fields       TEXT NOT NULL,
  seen_at      INTEGER NOT NULL,
  made_by      TEXT,
  ack_at       INTEGER,
  ack_by       TEXT
) STRICT;
CREATE INDEX strand_changes_by_time ON strand_changes (seen_at, change_id);
CREATE INDEX strand_changes_by_strand ON strand_changes (strand_id, seen_at, change_id);
CREATE INDEX strand_changes_asking ON strand_changes (seen_at, change_id) WHERE ack_at IS NULL;
CREATE INDEX strand_changes_asking_by_strand ON strand_changes (strand_id, seen_at, change_id) WHERE ack_at IS NULL;

CREATE TABLE strand_versions (
  strand_id       TEXT NOT NULL REFERENCES strands (strand_id),
  version         INTEGER NOT NULL,
  name            TEXT NOT NULL,
  description     TEXT,
  command         TEXT,
  schedule        TEXT NOT NULL,
  definition      TEXT NOT NULL,
  definition_hash TEXT NOT NULL,
  seen_at         INTEGER NOT NULL,
  made_by         TEXT,
  PRIMARY KEY (strand_id, version)
) STRICT;
INSERT INTO strand_versions (strand_id, version, name, description, command, schedule, definition, definition_hash, seen_at)
  SELECT strand_id, 1, name, description, command, schedule, definition, definition_hash, edited_at FROM strands;

CREATE TABLE source_states (
  source_id    TEXT NOT NULL REFERENCES sources (source_id),
  since        INTEGER NOT NULL,
  freshness    TEXT NOT NULL,
  scheduler_on INTEGER NOT NULL,
  message      TEXT,
  PRIMARY KEY (source_id, since)
) STRICT, WITHOUT ROWID;
INSERT INTO source_states (source_id, since, freshness, scheduler_on, message)
  SELECT source_id, since, freshness, scheduler_on, message FROM sources;

-- Outputs that are longer than the tail on the step's row.
CREATE TABLE step_outputs (
  run_id  TEXT NOT NULL,
  step_id TEXT NOT NULL,
  bytes   INTEGER NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (run_id, step_id),
  FOREIGN KEY (run_id, step_id) REFERENCES step_runs (run_id, step_id) ON DELETE CASCADE
) STRICT;
