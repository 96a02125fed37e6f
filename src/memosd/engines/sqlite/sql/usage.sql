-- name: add
INSERT INTO usage (project, day, purpose, model, task, calls, input, output) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE
SET calls = calls + excluded.calls, input = input + excluded.input, output = output + excluded.output

-- name: of_task
SELECT coalesce(sum(calls), 0), coalesce(sum(input), 0), coalesce(sum(output), 0)
FROM usage WHERE task = ?2 AND task <> '' AND project = ?1

-- name: of_day
SELECT coalesce(sum(calls), 0), coalesce(sum(input), 0), coalesce(sum(output), 0)
FROM usage WHERE project = ? AND day = ?

-- name: by_day
SELECT project, day, purpose, model, sum(calls), sum(input), sum(output)
FROM usage WHERE day >= ?2 AND (?1 IS NULL OR project = ?1)
GROUP BY day, project, purpose, model
ORDER BY day, project, purpose, model

-- name: all
SELECT task, project, day, purpose, model, calls, input, output FROM usage
WHERE project = ? ORDER BY day, purpose, model, task

-- name: load
INSERT OR IGNORE INTO usage (project, day, purpose, model, task, calls, input, output) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
