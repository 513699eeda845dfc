-- Of before that mark. A retry that waits and has no rows of what was done was to do all anew.
UPDATE runs SET takes_over = NULL
WHERE driven = 1 AND finished_at IS NULL AND takes_over IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM step_runs AS step WHERE step.run_id = runs.run_id AND (step.status = 'completed' OR step.answer_items IS NOT NULL));
-- One that ended before an attempt of its own, and without a result or the items of a list that it was to have, has still to take them over:
-- what is completed has a result, but lists and phases.
UPDATE runs SET takes_over = rerun_of
WHERE driven = 1 AND finished_at IS NOT NULL AND rerun_of IS NOT NULL AND takes_over IS NULL
  AND EXISTS (
    SELECT 1 FROM step_runs AS step WHERE step.run_id = runs.run_id
      AND iif(coalesce(step.answer_items, -1) < 0, step.status = 'completed' AND step.result IS NULL AND instr(step.step_id, '/') = 0, step.items IS NULL)
  )
  AND NOT EXISTS (
    SELECT 1 FROM step_runs AS step WHERE step.run_id = runs.run_id
      AND (step.epoch > 0 OR (step.status = 'failed' AND coalesce(step.code, '') NOT IN ('cancelled', 'VERSION_NOT_LOADED')))
  );
-- Some were to go on from one that had nothing yet itself: what was done lies with the first of them.
UPDATE runs SET takes_over = (
  WITH RECURSIVE earlier (run_id, depth) AS (
    SELECT runs.takes_over, 0
    UNION ALL SELECT before.takes_over, depth + 1 FROM earlier JOIN runs AS before ON before.run_id = earlier.run_id WHERE before.takes_over IS NOT NULL AND depth < 1000
  )
  SELECT run_id FROM earlier ORDER BY depth DESC LIMIT 1
)
WHERE takes_over IS NOT NULL;
