-- Credentials of programs. The secret itself is never stored.
CREATE TABLE tokens (
  token_id    TEXT PRIMARY KEY,
  secret_hash TEXT NOT NULL,
  name        TEXT NOT NULL,
  role        TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  -- A list of addresses; null: everything.
  scope       TEXT CHECK (scope IS NULL OR json_valid(scope)),
  made_by     TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER,
  revoked_at  INTEGER,
  revoked_by  TEXT
) STRICT;

-- Sessions from before there were roles were all opened with the token of the home.
ALTER TABLE sessions ADD COLUMN role TEXT NOT NULL DEFAULT 'admin' CHECK (role IN ('viewer', 'operator', 'admin'));
-- The token that made the link, with which the session ends.
ALTER TABLE sessions ADD COLUMN token_id TEXT;

-- What people and programs asked to change. A row is written before the change, and its result after it.
CREATE TABLE audit (
  audit_id TEXT PRIMARY KEY,
  at       INTEGER NOT NULL,
  who      TEXT NOT NULL,
  role     TEXT,
  via      TEXT NOT NULL,
  peer     TEXT NOT NULL,
  action   TEXT NOT NULL,
  target   TEXT,
  detail   TEXT CHECK (detail IS NULL OR json_valid(detail)),
  -- `done` or the code of the refusal; null: the gateway ended before it knew.
  result   TEXT
) STRICT;

CREATE INDEX audit_by_time ON audit (at, audit_id);
