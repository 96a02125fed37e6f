-- name: add
INSERT INTO tasks (id, project, batch, job, lock, state, ready_at, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?)

-- name: ready
SELECT no, id, project, job, lock, attempt FROM tasks WHERE first = 1 AND ready_at <= ? ORDER BY no LIMIT ?

-- name: release
UPDATE tasks SET ready_at = ?1 WHERE id = ?2 AND state = 'waiting' AND attempt = 0 AND ready_at > ?1

-- name: unfinished
SELECT 1 FROM tasks WHERE lock = ? AND state IN ('waiting', 'running')

-- name: claim
UPDATE tasks SET state = 'running', attempt = ?, lease = ?, ready_at = ?, updated_at = ? WHERE no = ?

-- name: following
SELECT id, project, job, lock, attempt, '' FROM tasks
WHERE lock = ? AND state = 'waiting' AND no > (SELECT no FROM tasks WHERE id = ?)
ORDER BY no LIMIT 1

-- name: undisturbed
SELECT 1 FROM tasks WHERE id = ? AND (state = 'waiting' OR (state = 'running' AND lease = ?))

-- name: leased
SELECT 1 FROM tasks WHERE id = ? AND lease = ? AND state = 'running'

-- name: renew
UPDATE tasks SET ready_at = ? WHERE id = ? AND lease = ? AND state = 'running'

-- name: note
UPDATE tasks SET reason = ? WHERE id = ? AND lease = ? AND state = 'running'

-- name: settle
UPDATE tasks SET state = ?, reason = ?, ready_at = ?, updated_at = ?, attempt = attempt - ?, lease = NULL
WHERE id = ? AND lease = ? AND state = 'running'

-- name: free_all
UPDATE tasks SET state = 'waiting', lease = NULL, ready_at = ? WHERE state = 'running'

-- name: record
SELECT id, project, state, reason, attempt, created_at, updated_at, job FROM tasks WHERE id = ? AND project = ?

-- name: next_ready
SELECT min(ready_at) FROM tasks WHERE first = 1

-- name: backlog
SELECT
    (SELECT count(*) FROM tasks WHERE state IN ('waiting', 'running') AND state = 'waiting'),
    (SELECT count(*) FROM tasks WHERE state IN ('waiting', 'running') AND state = 'running'),
    (SELECT count(*) FROM tasks WHERE state = 'failed'),
    (SELECT min(created_at) FROM tasks WHERE state IN ('waiting', 'running') AND state = 'waiting')

-- name: of_batches
SELECT t.id FROM json_each(?) AS asked CROSS JOIN tasks AS t ON t.batch = asked.value
