-- name: add_sources
INSERT INTO edges (project, source, kind, target)
SELECT project, %(number)s, 'source', no FROM messages WHERE project = %(project)s AND id = ANY(%(sources)s::text[])
ON CONFLICT DO NOTHING

-- name: add_entities
INSERT INTO entities (project, owner, name, label)
SELECT %(project)s, %(owner)s, name, label FROM unnest(%(names)s::text[], %(labels)s::text[]) AS asked (name, label)
ON CONFLICT DO NOTHING

-- name: add_mentions
INSERT INTO edges (project, source, kind, target)
SELECT project, %(number)s, 'mentions', no FROM entities
WHERE project = %(project)s AND owner = %(owner)s AND name = ANY(%(names)s::text[])
ON CONFLICT DO NOTHING

-- name: drop_predecessors
-- If there is such a new one.
DELETE FROM edges
WHERE project = %(project)s AND kind = 'next' AND target = %(number)s
    AND EXISTS (SELECT 1 FROM memories WHERE project = %(project)s AND id = %(predecessor)s AND no <> %(number)s)

-- name: link_after
INSERT INTO edges (project, source, kind, target)
SELECT project, no, 'next', %(number)s FROM memories
WHERE project = %(project)s AND id = %(predecessor)s AND no <> %(number)s
ON CONFLICT DO NOTHING

-- name: link_successor
INSERT INTO edges (project, source, kind, target)
SELECT project, no, %(kind)s, %(number)s FROM memories
WHERE project = %(project)s AND id = %(successor)s AND no <> %(number)s
ON CONFLICT DO NOTHING

-- name: drop_unmentioned
-- The entities that none but these memories mention. (With LIMIT it is looked up for each, not joined with all edges.)
DELETE FROM entities AS n
WHERE n.project = %(project)s
    AND n.no = ANY(ARRAY(
        SELECT target FROM edges
        WHERE project = %(project)s AND source = ANY(%(numbers)s::bigint[]) AND kind = 'mentions'
    ))
    AND (
        SELECT e.source FROM edges AS e
        WHERE e.project = n.project AND e.kind = 'mentions' AND e.target = n.no
            AND e.source <> ALL(%(numbers)s::bigint[])
        LIMIT 1
    ) IS NULL

-- name: drop_edges
DELETE FROM edges WHERE project = %(project)s AND source = ANY(%(numbers)s::bigint[]) AND kind = %(kind)s

-- name: drop_incoming
DELETE FROM edges
WHERE project = %(project)s AND kind IN ('next', 'supersedes', 'merged') AND target = ANY(%(numbers)s::bigint[])

-- name: clear_replaced
UPDATE memories SET replaced_by = NULL
WHERE project = %(project)s AND no IN (
    SELECT target FROM edges
    WHERE project = %(project)s AND source = ANY(%(numbers)s::bigint[]) AND kind IN ('supersedes', 'merged')
)

-- name: entities
-- The entities of these names, in order, with how many memories mention each, counted up to a limit.
SELECT n.no, (
        SELECT count(*) FROM (
            SELECT 1 FROM edges AS e
            WHERE e.project = n.project AND e.kind = 'mentions' AND e.target = n.no LIMIT %(limit)s
        ) AS counted
    )
FROM unnest(%(names)s::text[]) WITH ORDINALITY AS asked (name, place)
JOIN entities AS n ON n.project = %(project)s AND n.owner = %(owner)s AND n.name = asked.name
ORDER BY asked.place

-- name: mentioning
SELECT m.no, m.id, e.target
FROM unnest(%(entities)s::bigint[]) WITH ORDINALITY AS asked (entity, place)
JOIN edges AS e ON e.project = %(project)s AND e.kind = 'mentions' AND e.target = asked.entity
JOIN memories AS m ON m.project = e.project AND m.no = e.source
WHERE m.owner = %(owner)s AND m.retired_at IS NULL AND m.kind = ANY(%(kinds)s::text[]) AND {condition}
ORDER BY asked.place, e.source DESC
LIMIT %(limit)s

-- name: sharing
-- What the bridges have in common with others, but for the entities that were asked for.
WITH links AS MATERIALIZED (
    SELECT e.source AS bridge, e.target AS entity,
        (
            SELECT count(*) FROM (
                SELECT 1 FROM edges AS d
                WHERE d.project = e.project AND d.kind = 'mentions' AND d.target = e.target LIMIT %(rare)s + 1
            ) AS counted
        ) AS degree
    FROM edges AS e
    WHERE e.project = %(project)s AND e.source = ANY(%(bridges)s::bigint[]) AND e.kind = 'mentions'
        AND e.target <> ALL(%(entities)s::bigint[])
)
SELECT m.no, m.id, links.bridge, links.degree
FROM links
JOIN edges AS e ON e.project = %(project)s AND e.kind = 'mentions' AND e.target = links.entity
    AND e.source <> links.bridge
JOIN memories AS m ON m.project = e.project AND m.no = e.source
WHERE links.degree <= %(rare)s AND m.owner = %(owner)s AND m.retired_at IS NULL AND m.kind = ANY(%(kinds)s::text[])
    AND {condition}
ORDER BY links.degree, e.source DESC
LIMIT %(limit)s
