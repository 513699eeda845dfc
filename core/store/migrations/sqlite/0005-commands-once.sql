-- What tells a command that is asked again from another one, and what it takes to carry it out after a crash.

ALTER TABLE commands ADD COLUMN once_key TEXT;
-- JSON: the input of a run, and whether missed firings are made up for.
ALTER TABLE commands ADD COLUMN given TEXT;
CREATE UNIQUE INDEX commands_by_key ON commands (strand_id, once_key) WHERE once_key IS NOT NULL;
