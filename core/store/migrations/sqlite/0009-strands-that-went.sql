-- What is on the page, and what went last from a source, is found without looking at all that ever was.
CREATE INDEX strands_there ON strands (strand_id) WHERE gone_at IS NULL;
CREATE INDEX strands_gone ON strands (source_id, gone_at, strand_id) WHERE gone_at IS NOT NULL;
CREATE INDEX strand_changes_vanished ON strand_changes (seen_at, change_id, strand_id) WHERE kind = 'vanished' AND ack_at IS NULL;
