-- name: add
INSERT INTO usage (project, day, purpose, model, task, calls, input, output) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (project, day, purpose, model, task) DO UPDATE
SET calls = usage.calls + excluded.calls, input = usage.input + excluded.input, output = usage.output + excluded.output

-- name: of_task
SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(input), 0)::bigint, coalesce(sum(output), 0)::bigint
FROM usage WHERE project = %(project)s AND task = %(task)s AND task <> ''

-- name: of_day
SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(input), 0)::bigint, coalesce(sum(output), 0)::bigint
FROM usage WHERE project = %(project)s AND day = %(day)s

-- name: by_day
SELECT project, day, purpose, model, sum(calls)::bigint, sum(input)::bigint, sum(output)::bigint
FROM usage WHERE day >= %(since)s AND (%(project)s::text IS NULL OR project = %(project)s)
GROUP BY day, project, purpose, model
ORDER BY day, project, purpose, model

-- name: days
SELECT DISTINCT day FROM usage WHERE project = %(project)s ORDER BY day

-- name: rows_of_day
SELECT task, project, day, purpose, model, calls, input, output FROM usage
WHERE project = %(project)s AND day = %(day)s ORDER BY purpose, model, task

-- name: load
INSERT INTO usage (project, day, purpose, model, task, calls, input, output) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
