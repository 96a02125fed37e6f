-- name: find
SELECT m.id, m.no, m.owner, m.project, o.kind, o.id
FROM memories AS m JOIN owners AS o ON o.project = m.project AND o.no = m.owner
WHERE m.id = ANY(%(ids)s::text[])

-- name: sources
SELECT DISTINCT target FROM edges
WHERE project = %(project)s AND source = ANY(%(numbers)s::bigint[]) AND kind = 'source'

-- name: batches_of_user
-- The newest first: what is still to be done with them ends first.
SELECT no, owner_kind, owner_id FROM batches
WHERE project = %(project)s AND user_id = %(user)s
ORDER BY no DESC
LIMIT %(limit)s

-- name: memories_of_user
SELECT m.id, o.kind, o.id FROM memories AS m JOIN owners AS o ON o.project = m.project AND o.no = m.owner
WHERE m.project = %(project)s AND m.user_id = %(user)s
UNION ALL
SELECT m.id, o.kind, o.id FROM owners AS o JOIN memories AS m ON m.project = o.project AND m.owner = o.no
WHERE o.project = %(project)s AND o.kind = 'user' AND o.id = %(user)s AND m.user_id <> %(user)s
LIMIT %(limit)s

-- name: drop_memories
-- Versions, words, tags, info, embeddings and outgoing edges go with them.
DELETE FROM memories WHERE project = %(project)s AND no = ANY(%(numbers)s::bigint[])

-- name: count_messages
SELECT count(*) FROM messages WHERE project = %(project)s AND batch = ANY(%(numbers)s::bigint[])

-- name: unlink_messages
DELETE FROM edges
WHERE project = %(project)s AND kind = 'source' AND target IN (
    SELECT no FROM messages WHERE project = %(project)s AND batch = ANY(%(numbers)s::bigint[])
)

-- name: drop_batches
-- Messages, tasks and files go with them.
DELETE FROM batches WHERE project = %(project)s AND no = ANY(%(numbers)s::bigint[])

-- name: drop_idle_owners
DELETE FROM owners AS o
WHERE o.project = %(project)s AND o.no = ANY(%(owners)s::bigint[])
    AND NOT EXISTS (SELECT 1 FROM memories AS m WHERE m.project = o.project AND m.owner = o.no)
    AND NOT EXISTS (SELECT 1 FROM entities AS n WHERE n.project = o.project AND n.owner = o.no)
