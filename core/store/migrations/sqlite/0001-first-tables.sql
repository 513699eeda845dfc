-- Times are milliseconds since 1970 (UTC); JSON is kept as text; 0 and 1 stand for false and true.
-- Columns that nothing fills yet belong to woven strands and to several nodes: docs/decisions/0002-tables.md.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE nodes (
  node_id               TEXT PRIMARY KEY,
  name                  TEXT NOT NULL,
  hostname              TEXT NOT NULL,
  tailscale_hostname    TEXT,
  platform              TEXT NOT NULL,
  loom_version          TEXT NOT NULL,
  openclaw_version      TEXT,
  owner_email           TEXT,
  capabilities          TEXT NOT NULL DEFAULT '[]',
  cpu_cores             INTEGER NOT NULL,
  mem_gb                REAL NOT NULL,
  disk_gb               REAL,
  role                  TEXT NOT NULL DEFAULT 'worker',
  hub_lease_until       INTEGER,
  status                TEXT,
  services              TEXT,
  config_snapshot       TEXT,
  started_at            INTEGER NOT NULL,
  last_heartbeat_at     INTEGER NOT NULL,
  last_heartbeat_status TEXT,
  created_at            INTEGER NOT NULL,
  updated_at            INTEGER NOT NULL
) STRICT;

CREATE TABLE sources (
  source_id         TEXT PRIMARY KEY,
  plugin            TEXT NOT NULL,
  instance          TEXT NOT NULL,
  node_id           TEXT NOT NULL,
  identity          TEXT NOT NULL,
  label             TEXT NOT NULL,
  can               TEXT NOT NULL,
  freshness         TEXT NOT NULL,
  since             INTEGER NOT NULL,
  last_good_read_at INTEGER,
  version           TEXT,
  scheduler_on      INTEGER NOT NULL,
  message           TEXT,
  help              TEXT,
  look              INTEGER NOT NULL DEFAULT 0,
  revision          TEXT,
  retired_at        INTEGER,
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL,
  UNIQUE (plugin, node_id, identity)
) STRICT;

CREATE TABLE strands (
  strand_id        TEXT PRIMARY KEY,
  kind             TEXT NOT NULL,
  node_id          TEXT NOT NULL,
  source_id        TEXT REFERENCES sources (source_id),
  owner_job_id     TEXT NOT NULL,
  name             TEXT NOT NULL,
  description      TEXT,
  command          TEXT,
  module_path      TEXT,
  schedule         TEXT NOT NULL,
  trigger_type     TEXT NOT NULL,
  requires_caps    TEXT NOT NULL DEFAULT '[]',
  default_node     TEXT,
  owner_email      TEXT,
  system           INTEGER NOT NULL,
  enabled          INTEGER NOT NULL,
  disabled_reason  TEXT,
  next_run_at      INTEGER,
  owner_tells_next INTEGER NOT NULL,
  not_before       INTEGER,
  overdue          INTEGER NOT NULL,
  definition       TEXT NOT NULL,
  definition_hash  TEXT NOT NULL,
  history_mark     TEXT,
  imported_mark    TEXT,
  history_complete INTEGER NOT NULL DEFAULT 0,
  created_at       INTEGER NOT NULL,
  edited_at        INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  gone_at          INTEGER
) STRICT;
CREATE INDEX strands_by_source ON strands (source_id);

CREATE TABLE steps (
  strand_id    TEXT NOT NULL REFERENCES strands (strand_id) ON DELETE CASCADE,
  step_id      TEXT NOT NULL,
  seq          INTEGER NOT NULL,
  label        TEXT NOT NULL,
  operation_id TEXT,
  depends_on   TEXT NOT NULL DEFAULT '[]',
  node_hint    TEXT,
  timeout_ms   INTEGER NOT NULL DEFAULT 300000,
  retries      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (strand_id, step_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  run_id       TEXT PRIMARY KEY,
  strand_id    TEXT NOT NULL REFERENCES strands (strand_id),
  external_key TEXT,
  owner_run_id TEXT,
  trigger      TEXT NOT NULL,
  trigger_by   TEXT,
  status       TEXT NOT NULL,
  code         TEXT,
  error        TEXT,
  node_id      TEXT NOT NULL,
  started_at   INTEGER NOT NULL,
  finished_at  INTEGER,
  summary      TEXT,
  red          INTEGER NOT NULL DEFAULT 0,
  ack_at       INTEGER,
  ack_by       TEXT,
  -- 1: its end is Loom's own conclusion, which the owner's word replaces.
  inferred     INTEGER NOT NULL DEFAULT 0
) STRICT;
-- The columns after run_id let the list of strands and a filter by status do without the table.
CREATE INDEX runs_by_strand ON runs (strand_id, started_at, run_id, status, red, ack_at, finished_at);
CREATE INDEX runs_by_start ON runs (started_at, run_id);
CREATE INDEX runs_by_status ON runs (status, started_at, run_id);
CREATE INDEX runs_active ON runs (strand_id, started_at, run_id) WHERE finished_at IS NULL;
CREATE INDEX runs_red ON runs (started_at, run_id) WHERE red = 1 AND ack_at IS NULL;
CREATE INDEX runs_red_by_strand ON runs (strand_id, started_at, run_id) WHERE red = 1 AND ack_at IS NULL;
CREATE UNIQUE INDEX runs_by_key ON runs (strand_id, external_key);
CREATE INDEX runs_by_owner_run ON runs (strand_id, owner_run_id) WHERE owner_run_id IS NOT NULL;

CREATE TABLE step_runs (
  run_id         TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
  step_id        TEXT NOT NULL,
  seq            INTEGER NOT NULL,
  label          TEXT NOT NULL,
  status         TEXT NOT NULL,
  reason         TEXT,
  node_id        TEXT NOT NULL,
  started_at     INTEGER,
  finished_at    INTEGER,
  exit_code      INTEGER,
  output_tail    TEXT,
  error          TEXT,
  result         TEXT,
  epoch          INTEGER NOT NULL DEFAULT 1,
  ack_at         INTEGER,
  ack_by         TEXT,
  target_node_id TEXT,
  enqueued_at    INTEGER,
  claimed_by     TEXT,
  claimed_at     INTEGER,
  input          TEXT,
  PRIMARY KEY (run_id, step_id)
) STRICT;

CREATE TABLE commands (
  command_id       TEXT PRIMARY KEY,
  strand_id        TEXT NOT NULL,
  source_id        TEXT,
  kind             TEXT NOT NULL,
  status           TEXT NOT NULL,
  asked_by         TEXT NOT NULL,
  reason           TEXT,
  expected_wait_ms INTEGER,
  owner_run_id     TEXT,
  run_id           TEXT,
  asked_at         INTEGER NOT NULL,
  sent_at          INTEGER,
  settled_at       INTEGER
) STRICT;
CREATE INDEX commands_by_time ON commands (asked_at, command_id);
CREATE INDEX commands_by_strand ON commands (strand_id, asked_at, command_id);
CREATE INDEX commands_by_owner_run ON commands (strand_id, owner_run_id) WHERE owner_run_id IS NOT NULL;

-- AUTOINCREMENT: a number is never given twice, not even after all events were pruned.
CREATE TABLE events (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  type      TEXT NOT NULL,
  strand_id TEXT,
  run_id    TEXT,
  data      TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
  session_id  TEXT PRIMARY KEY,
  cookie_hash TEXT NOT NULL UNIQUE,
  key_hash    TEXT NOT NULL,
  name        TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE kv (
  plugin TEXT NOT NULL,
  key    TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (plugin, key)
) STRICT, WITHOUT ROWID;
