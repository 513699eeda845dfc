-- The run whose results a retry is still to take over before it begins. Null: nothing, or it has all of it.
ALTER TABLE runs ADD COLUMN takes_over TEXT;
UPDATE runs SET takes_over = rerun_of WHERE driven = 1 AND finished_at IS NULL AND status = 'queued';
