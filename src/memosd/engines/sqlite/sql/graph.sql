-- name: add_source
INSERT OR IGNORE INTO edges (source, kind, target)
SELECT ?1, 'source', no FROM messages WHERE id = ?2 AND project = ?3

-- name: add_entity
INSERT OR IGNORE INTO entities (owner, name, label) VALUES (?, ?, ?)

-- name: add_mentions
INSERT OR IGNORE INTO edges (source, kind, target)
SELECT ?1, 'mentions', n.no FROM json_each(?3) AS asked CROSS JOIN entities AS n ON n.owner = ?2 AND n.name = asked.value

-- name: number
SELECT no FROM memories WHERE id = ? AND project = ?

-- name: add_edge
INSERT OR IGNORE INTO edges (source, kind, target) VALUES (?, ?, ?)

-- name: drop_predecessors
DELETE FROM edges WHERE kind = 'next' AND target = ?

-- name: drop_edges
DELETE FROM edges WHERE source = ? AND kind = ?

-- name: drop_incoming
DELETE FROM edges WHERE kind IN ('next', 'supersedes', 'merged') AND target = ?

-- name: clear_replaced
UPDATE memories SET replaced_by = NULL
WHERE no IN (SELECT target FROM edges WHERE source = ? AND kind IN ('supersedes', 'merged'))

-- name: mentioned_by
SELECT json_group_array(target) FROM edges WHERE source = ? AND kind = 'mentions'

-- name: drop_unmentioned
DELETE FROM entities
WHERE no IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM edges AS e WHERE e.kind = 'mentions' AND e.target = entities.no)

-- name: entities
-- The entities of these names, with how many memories mention each, counted up to a limit.
SELECT n.no, (SELECT count(*) FROM (SELECT 1 FROM edges AS e WHERE e.kind = 'mentions' AND e.target = n.no LIMIT ?3))
FROM json_each(?2) AS asked CROSS JOIN entities AS n ON n.owner = ?1 AND n.name = asked.value

-- name: mentioning
SELECT m.no, m.id, e.target
FROM json_each(?) AS asked
CROSS JOIN edges AS e ON e.kind = 'mentions' AND e.target = asked.value
CROSS JOIN memories AS m ON m.no = e.source
WHERE m.owner = ? AND m.retired_at IS NULL AND m.kind IN (SELECT value FROM json_each(?)) AND {condition}
ORDER BY asked.key, e.source DESC
LIMIT ?

-- name: sharing
-- What the bridges have in common with others, but for the entities that were asked for.
WITH links AS MATERIALIZED (
    SELECT bridge.value AS bridge, e.target AS entity,
        (
            SELECT count(*) FROM (
                SELECT 1 FROM edges AS d WHERE d.kind = 'mentions' AND d.target = e.target LIMIT ?3 + 1
            )
        ) AS degree
    FROM json_each(?1) AS bridge
    CROSS JOIN edges AS e ON e.source = bridge.value AND e.kind = 'mentions'
        AND e.target NOT IN (SELECT value FROM json_each(?2))
)
SELECT m.no, m.id, links.bridge, links.degree
FROM links
CROSS JOIN edges AS e ON e.kind = 'mentions' AND e.target = links.entity AND e.source <> links.bridge
CROSS JOIN memories AS m ON m.no = e.source
WHERE links.degree <= ?3 AND m.owner = ? AND m.retired_at IS NULL AND m.kind IN (SELECT value FROM json_each(?))
    AND {condition}
ORDER BY links.degree, e.source DESC
LIMIT ?
