-- name: project
SELECT id, name, created_at FROM projects WHERE id = %(project)s

-- name: batches
SELECT no, id, project, user_id, conversation, owner_kind, owner_id, agent, app, tags, info, received_at
FROM batches
WHERE project = %(project)s AND no > %(after)s
ORDER BY no
LIMIT %(limit)s

-- name: messages
SELECT batch, unlearnable, id, role, text, said_at, tool_calls, tool_call_id
FROM messages
WHERE project = %(project)s AND batch = ANY(%(numbers)s::bigint[])
ORDER BY batch, no

-- name: memories
SELECT m.id, m.project, o.kind, o.id, m.user_id, m.conversation, m.agent, m.app, m.info, m.version, m.created_at,
    m.updated_at, m.retired_at, m.retired_because, m.replaced_by, v.content, m.no
FROM memories AS m
JOIN owners AS o ON o.project = m.project AND o.no = m.owner
JOIN memory_versions AS v ON v.project = m.project AND v.memory = m.no AND v.version = m.version
WHERE m.project = %(project)s AND m.no > %(after)s
ORDER BY m.no
LIMIT %(limit)s

-- name: earlier
SELECT m.no, v.version, v.recorded_at, v.content
FROM memories AS m
JOIN memory_versions AS v ON v.project = m.project AND v.memory = m.no AND v.version < m.version
WHERE m.project = %(project)s AND m.no = ANY(%(numbers)s::bigint[])
ORDER BY m.no, v.version

-- name: numbers
SELECT no FROM memories WHERE project = %(project)s AND no > %(after)s ORDER BY no LIMIT %(limit)s

-- name: links
SELECT s.id, e.kind, t.id
FROM memories AS s
JOIN edges AS e ON e.project = s.project AND e.source = s.no AND e.kind IN ('next', 'supersedes', 'merged')
JOIN memories AS t ON t.project = e.project AND t.no = e.target
WHERE s.project = %(project)s AND s.no = ANY(%(numbers)s::bigint[])
ORDER BY s.no, e.kind, t.no

-- name: embeddings
SELECT m.id, e.model, halfvec_send(e.vector)
FROM memories AS m JOIN embeddings AS e ON e.project = m.project AND e.memory = m.no
WHERE m.project = %(project)s AND m.no = ANY(%(numbers)s::bigint[])
ORDER BY m.no, e.model, e.key

-- name: tasks
SELECT t.no, t.id, t.project, t.job, t.lock, t.attempt, b.id,
    CASE WHEN t.state = 'running' THEN 'waiting' ELSE t.state END, t.reason, t.ready_at, t.created_at, t.updated_at
FROM tasks AS t LEFT JOIN batches AS b ON b.project = t.project AND b.no = t.batch
WHERE t.project = %(project)s AND t.no > %(after)s
ORDER BY t.no
LIMIT %(limit)s

-- name: keys
SELECT id, project, name, hint, created_at, expires_at, revoked_at, digest
FROM api_keys
WHERE project = %(project)s
ORDER BY created_at, id

-- name: foreign
-- One of these ids that is another project's.
SELECT asked.id
FROM unnest(%(names)s::text[]) AS asked (id)
WHERE EXISTS (SELECT 1 FROM knowledge_bases AS k WHERE k.id = asked.id AND k.project <> %(project)s)
    OR EXISTS (SELECT 1 FROM batches AS b WHERE b.id = asked.id AND b.project <> %(project)s)
    OR EXISTS (SELECT 1 FROM files AS f WHERE f.id = asked.id AND f.project <> %(project)s)
    OR EXISTS (SELECT 1 FROM memories AS m WHERE m.id = asked.id AND m.project <> %(project)s)
    OR EXISTS (SELECT 1 FROM tasks AS t WHERE t.id = asked.id AND t.project <> %(project)s)
LIMIT 1

-- name: known_memories
SELECT id, project, no, owner, kind FROM memories WHERE id = ANY(%(ids)s::text[])

-- name: known_embeddings
SELECT DISTINCT e.memory, e.model
FROM memories AS m JOIN embeddings AS e ON e.project = m.project AND e.memory = m.no
WHERE m.id = ANY(%(ids)s::text[])

-- name: has_task
SELECT 1 FROM tasks WHERE id = %(id)s AND project = %(project)s

-- name: batch_number
SELECT no FROM batches WHERE id = %(id)s AND project = %(project)s

-- name: has_project
SELECT 1 FROM projects WHERE id = %(id)s

-- name: has_key
SELECT 1 FROM api_keys WHERE id = %(id)s

-- name: mark_unlearnable
UPDATE messages SET unlearnable = true WHERE project = %(project)s AND id = ANY(%(ids)s::text[])

-- name: add_link
INSERT INTO edges (project, source, kind, target)
SELECT s.project, s.no, %(kind)s, t.no FROM memories AS s JOIN memories AS t ON t.project = s.project
WHERE s.id = %(source)s AND t.id = %(target)s
ON CONFLICT DO NOTHING

-- name: settle_task
UPDATE tasks
SET state = %(state)s, reason = %(reason)s, attempt = %(attempt)s, ready_at = %(ready_at)s,
    created_at = %(created_at)s, updated_at = %(updated_at)s, first = first AND %(state)s = 'waiting'
WHERE project = %(project)s AND id = %(id)s

-- name: files
SELECT f.no, b.id, f.id, f.project, f.base, f.message, f.kind, f.name, f.size, f.digest, f.url, f.problem, f.created_at
FROM files AS f JOIN batches AS b ON b.project = f.project AND b.no = f.batch
WHERE f.project = %(project)s AND f.no > %(after)s
ORDER BY f.no
LIMIT %(limit)s

-- name: has_file
SELECT 1 FROM files WHERE id = %(id)s AND project = %(project)s
