-- name: project
SELECT id, name, created_at FROM projects WHERE id = ?

-- name: batches
SELECT no, id, project, user, conversation, owner_kind, owner_id, agent, app, tags, info, received_at
FROM batches
WHERE project = ?1 AND no > ?2
ORDER BY no
LIMIT ?3

-- name: messages
SELECT m.batch, m.unlearnable, m.id, m.role, m.text, m.said_at, m.tool_calls, m.tool_call_id
FROM json_each(?) AS asked CROSS JOIN messages AS m ON m.batch = asked.value
ORDER BY m.batch, m.no

-- name: memories
SELECT m.id, m.project, o.kind, o.id, m.user, m.conversation, m.agent, m.app, m.info, m.version, m.created_at,
    m.updated_at, m.retired_at, m.retired_because, m.replaced_by, CAST(v.content AS BLOB), m.no
FROM memories AS m
CROSS JOIN owners AS o ON o.no = m.owner
CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = m.version
WHERE m.project = ?1 AND m.no > ?2
ORDER BY m.no
LIMIT ?3

-- name: earlier
SELECT m.no, v.version, v.recorded_at, CAST(v.content AS BLOB)
FROM json_each(?) AS asked
CROSS JOIN memories AS m ON m.no = asked.value
CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version < m.version
ORDER BY m.no, v.version

-- name: links
SELECT s.no, s.id, e.kind, t.id
FROM memories AS s
CROSS JOIN edges AS e ON e.source = s.no AND e.kind IN ('next', 'supersedes', 'merged')
CROSS JOIN memories AS t ON t.no = e.target
WHERE s.project = ?1 AND s.no IN (SELECT no FROM memories WHERE project = ?1 AND no > ?2 ORDER BY no LIMIT ?3)
ORDER BY s.no, e.kind, t.no

-- name: embeddings
SELECT m.no, m.id, e.model, e.vector
FROM memories AS m CROSS JOIN embeddings AS e ON e.memory = m.no
WHERE m.project = ?1 AND m.no IN (SELECT no FROM memories WHERE project = ?1 AND no > ?2 ORDER BY no LIMIT ?3)
ORDER BY m.no, e.model, e.key

-- name: last_of_chunk
SELECT max(no) FROM (SELECT no FROM memories WHERE project = ?1 AND no > ?2 ORDER BY no LIMIT ?3)

-- name: tasks
SELECT t.no, t.id, t.project, t.job, t.lock, t.attempt, b.id,
    iif(t.state = 'running', 'waiting', t.state), t.reason, t.ready_at, t.created_at, t.updated_at
FROM tasks AS t LEFT JOIN batches AS b ON b.no = t.batch
WHERE t.project = ?1 AND t.no > ?2
ORDER BY t.no
LIMIT ?3

-- name: keys
SELECT id, project, name, hint, created_at, expires_at, revoked_at, digest
FROM api_keys
WHERE project = ?
ORDER BY created_at, id

-- name: foreign
-- One of these ids that is another project's.
SELECT asked.value
FROM json_each(?1) AS asked
WHERE EXISTS (SELECT 1 FROM knowledge_bases AS k WHERE k.id = asked.value AND k.project <> ?2)
    OR EXISTS (SELECT 1 FROM batches AS b WHERE b.id = asked.value AND b.project <> ?2)
    OR EXISTS (SELECT 1 FROM files AS f WHERE f.id = asked.value AND f.project <> ?2)
    OR EXISTS (SELECT 1 FROM memories AS m WHERE m.id = asked.value AND m.project <> ?2)
    OR EXISTS (SELECT 1 FROM tasks AS t WHERE t.id = asked.value AND t.project <> ?2)
LIMIT 1

-- name: has_project
SELECT 1 FROM projects WHERE id = ?

-- name: has_memory
SELECT no FROM memories WHERE id = ?

-- name: has_task
SELECT 1 FROM tasks WHERE id = ?

-- name: has_key
SELECT 1 FROM api_keys WHERE id = ?

-- name: mark_unlearnable
UPDATE messages SET unlearnable = 1 WHERE project = ? AND id IN (SELECT value FROM json_each(?))

-- name: add_memory
INSERT INTO memories (id, project, owner, user, conversation, agent, app, info, version, created_at, updated_at,
    retired_at, retired_because, replaced_by, kind, said_at, holds_from, holds_until, draft)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: add_link
INSERT OR IGNORE INTO edges (source, kind, target)
SELECT s.no, ?2, t.no FROM memories AS s CROSS JOIN memories AS t ON t.id = ?3 WHERE s.id = ?1

-- name: has_embedding
SELECT 1 FROM embeddings WHERE memory = ? AND model = ? LIMIT 1

-- name: settle_task
UPDATE tasks
SET state = ?2, reason = ?3, attempt = ?4, ready_at = ?5, created_at = ?6, updated_at = ?7
WHERE id = ?1

-- name: files
SELECT f.no, b.id, f.id, f.project, f.base, f.message, f.kind, f.name, f.size, f.digest, f.url, f.problem, f.created_at
FROM files AS f CROSS JOIN batches AS b ON b.no = f.batch
WHERE f.project = ?1 AND f.no > ?2
ORDER BY f.no
LIMIT ?3

-- name: has_file
SELECT 1 FROM files WHERE id = ?
