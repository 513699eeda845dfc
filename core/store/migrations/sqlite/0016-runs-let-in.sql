-- Whether `input` is what the workflow made of what it was asked for with. 0: it never was asked, such as in a pause.
ALTER TABLE runs ADD COLUMN let_in INTEGER NOT NULL DEFAULT 1;
UPDATE runs SET let_in = 0 WHERE driven = 1 AND status = 'skipped' AND code <> 'overlap' AND NOT (code = 'queue_full' AND trigger <> 'after');
