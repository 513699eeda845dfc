-- Of before that mark: a retry that was to go on has rows of what was done, and no attempt before it has their results. One that waits and
-- has no such rows was to do all anew; one that ended without their results has still to take them over.
UPDATE runs SET takes_over = NULL
WHERE driven = 1 AND finished_at IS NULL AND takes_over IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM step_runs AS step WHERE step.run_id = runs.run_id AND (step.status = 'completed' OR step.answer_items IS NOT NULL));
UPDATE runs SET takes_over = rerun_of
WHERE driven = 1 AND finished_at IS NOT NULL AND rerun_of IS NOT NULL AND takes_over IS NULL
  AND EXISTS (SELECT 1 FROM step_runs AS step WHERE step.run_id = runs.run_id AND (step.status = 'completed' OR step.answer_items IS NOT NULL))
  AND NOT EXISTS (
    SELECT 1 FROM step_runs AS step WHERE step.run_id = runs.run_id
      AND (step.epoch > 0 OR step.result IS NOT NULL OR (step.status = 'failed' AND coalesce(step.code, '') NOT IN ('cancelled', 'VERSION_NOT_LOADED')))
  );
