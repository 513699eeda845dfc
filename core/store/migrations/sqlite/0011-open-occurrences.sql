-- What is open of a strand is found without all that was judged of it.
CREATE INDEX occurrences_open ON occurrences (strand_id, due_at) WHERE status = 'open';
