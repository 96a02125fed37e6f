-- name: find
SELECT m.id, m.no, m.owner, m.project
FROM (SELECT DISTINCT value AS id FROM json_each(?)) AS asked CROSS JOIN memories AS m ON m.id = asked.id

-- name: sources
SELECT json_group_array(DISTINCT e.target)
FROM json_each(?) AS asked CROSS JOIN edges AS e ON e.source = asked.value AND e.kind = 'source'

-- name: batches_of_user
-- The newest first: what is still to be done with them ends first.
SELECT no FROM batches WHERE project = ? AND user = ? ORDER BY no DESC LIMIT ?

-- name: memories_of_user
SELECT no, owner, id FROM memories WHERE project = ?1 AND user = ?2
UNION ALL
SELECT no, owner, id FROM memories WHERE owner = ?3 AND user <> ?2
LIMIT ?4

-- name: drop_memory
-- Versions, tags, info, embeddings and outgoing edges go with it.
DELETE FROM memories WHERE no = ?

-- name: count_messages
SELECT count(*) FROM json_each(?) AS asked CROSS JOIN messages AS s ON s.batch = asked.value

-- name: unlink_messages
DELETE FROM edges
WHERE kind = 'source' AND target IN (
    SELECT s.no FROM json_each(?) AS asked CROSS JOIN messages AS s ON s.batch = asked.value
)

-- name: drop_batches
-- Messages and tasks go with them.
DELETE FROM batches WHERE no IN (SELECT value FROM json_each(?))

-- name: drop_idle_owners
DELETE FROM owners
WHERE no IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM memories AS m WHERE m.owner = owners.no)
    AND NOT EXISTS (SELECT 1 FROM entities AS n WHERE n.owner = owners.no)
