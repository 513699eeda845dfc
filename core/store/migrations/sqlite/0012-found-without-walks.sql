-- What a filter leaves out, or what is not meant, is not walked past: there may be a million of it.

-- A page of red runs of one status, such as of one that none of them has.
DROP INDEX runs_red;
CREATE INDEX runs_red ON runs (status, started_at, run_id) WHERE red = 1 AND ack_at IS NULL;
-- A page of a strand's runs of one status, and how long those that succeeded took, without the table.
CREATE INDEX runs_by_strand_and_status ON runs (strand_id, status, started_at, run_id, finished_at);

-- Code is kept for the few strands that have some; the versions of all others are many, and long.
CREATE INDEX strands_with_code ON strands (bundle_hash) WHERE bundle_hash IS NOT NULL;
CREATE INDEX strand_versions_with_code ON strand_versions (strand_id, version, bundle_hash) WHERE bundle_hash IS NOT NULL;

CREATE INDEX audit_by_who ON audit (who, at, audit_id);
CREATE INDEX audit_by_target ON audit (target, at, audit_id) WHERE target IS NOT NULL;
