-- What people hold still, and how each job of a foreign scheduler stood before.

CREATE TABLE pauses (
  pause_id  TEXT PRIMARY KEY,
  -- NULL: everything.
  strand_id TEXT,
  paused_by TEXT NOT NULL,
  paused_at INTEGER NOT NULL,
  phase     TEXT NOT NULL,
  phase_at  INTEGER NOT NULL,
  ended_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX pauses_open ON pauses (ifnull(strand_id, '')) WHERE ended_at IS NULL;
CREATE INDEX pauses_by_end ON pauses (ended_at);

CREATE TABLE pause_entries (
  pause_id       TEXT NOT NULL REFERENCES pauses (pause_id) ON DELETE CASCADE,
  strand_id      TEXT NOT NULL,
  enabled_before INTEGER NOT NULL,
  hash_before    TEXT NOT NULL,
  state          TEXT NOT NULL,
  reason         TEXT,
  command_id     TEXT,
  hash_left      TEXT,
  PRIMARY KEY (pause_id, strand_id)
) STRICT, WITHOUT ROWID;
