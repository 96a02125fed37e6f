-- name: add
-- Whoever adds or ends a task of a lock holds the advisory lock of that name: one of them is always first.
INSERT INTO tasks (id, project, batch, job, lock, state, first, ready_at, created_at, updated_at)
SELECT %(id)s, %(project)s, %(batch)s, %(job)s, %(lock)s, 'waiting',
    NOT EXISTS (SELECT 1 FROM tasks AS t WHERE t.lock = %(lock)s AND t.state IN ('waiting', 'running')),
    %(ready)s, %(now)s, %(now)s

-- name: release
UPDATE tasks SET ready_at = %(now)s
WHERE project = %(project)s AND id = %(id)s AND state = 'waiting' AND attempt = 0 AND ready_at > %(now)s

-- name: claim
UPDATE tasks AS t SET state = 'running', attempt = t.attempt + 1, lease = %(lease)s::text || t.no::text, ready_at = %(until)s,
    updated_at = %(now)s
FROM (
    SELECT project, no FROM tasks
    WHERE first AND ready_at <= %(now)s
    ORDER BY no
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
) AS ready
WHERE t.project = ready.project AND t.no = ready.no
RETURNING t.no, t.id, t.project, t.job, t.lock, t.attempt, t.lease

-- name: unfinished
SELECT 1 FROM tasks WHERE lock = %(lock)s AND state IN ('waiting', 'running') LIMIT 1

-- name: following
SELECT id, project, job, lock, attempt, '' FROM tasks
WHERE lock = %(lock)s AND state = 'waiting'
    AND no > (SELECT no FROM tasks WHERE project = %(project)s AND id = %(id)s)
ORDER BY no
LIMIT 1

-- name: undisturbed
SELECT 1 FROM tasks
WHERE project = %(project)s AND id = %(id)s AND (state = 'waiting' OR (state = 'running' AND lease = %(lease)s))
FOR UPDATE

-- name: leased
SELECT 1 FROM tasks
WHERE project = %(project)s AND id = %(id)s AND lease = %(lease)s AND state = 'running'
FOR UPDATE

-- name: renew
UPDATE tasks SET ready_at = %(until)s
WHERE project = %(project)s AND id = %(id)s AND lease = %(lease)s AND state = 'running'

-- name: note
UPDATE tasks SET reason = %(text)s
WHERE project = %(project)s AND id = %(id)s AND lease = %(lease)s AND state = 'running'

-- name: settle
UPDATE tasks SET state = %(state)s, reason = %(reason)s, ready_at = %(ready)s, updated_at = %(now)s, lease = NULL,
    attempt = attempt - %(undone)s, first = first AND %(state)s = 'waiting'
WHERE project = %(project)s AND id = %(id)s AND lease = %(lease)s AND state = 'running'
RETURNING no

-- name: advance
-- The oldest unfinished task of each of these locks is its first.
UPDATE tasks AS t SET first = true
WHERE NOT t.first AND (t.lock, t.no) IN (
    SELECT o.lock, min(o.no) FROM tasks AS o
    WHERE o.lock = ANY(%(locks)s::text[]) AND o.state IN ('waiting', 'running')
    GROUP BY o.lock
)

-- name: record
SELECT id, project, state, reason, attempt, created_at, updated_at, job FROM tasks
WHERE id = %(id)s AND project = %(project)s

-- name: next_ready
SELECT min(ready_at) FROM tasks WHERE first

-- name: backlog
SELECT
    (SELECT count(*) FROM tasks WHERE state IN ('waiting', 'running') AND state = 'waiting'),
    (SELECT count(*) FROM tasks WHERE state IN ('waiting', 'running') AND state = 'running'),
    (SELECT count(*) FROM tasks WHERE state = 'failed'),
    (SELECT min(created_at) FROM tasks WHERE state IN ('waiting', 'running') AND state = 'waiting')

-- name: of_batches
SELECT id, lock FROM tasks WHERE project = %(project)s AND batch = ANY(%(numbers)s::bigint[])
