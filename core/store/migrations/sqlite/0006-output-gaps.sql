-- Of a long output the first and the last part are kept. What lies between them: from this byte up to that one, and how many lines end there.

ALTER TABLE step_runs ADD COLUMN gap_from INTEGER;
ALTER TABLE step_runs ADD COLUMN gap_to INTEGER;
ALTER TABLE step_runs ADD COLUMN gap_lines INTEGER;

UPDATE step_runs SET gap_from = 0, gap_to = first, gap_lines = 0
FROM (SELECT run_id AS run, step_id AS step, min(from_byte) AS first FROM output_chunks GROUP BY run_id, step_id)
WHERE run_id = run AND step_id = step AND first > 0;
