-- name: count
SELECT count(*) FROM memories

-- name: next
SELECT m.no, m.project, m.owner, o.kind, o.id
FROM memories AS m JOIN owners AS o ON o.project = m.project AND o.no = m.owner
WHERE (m.project, m.no) > (%(project)s, %(number)s)
ORDER BY m.project, m.no
LIMIT %(limit)s

-- name: contents
SELECT m.no, m.owner, m.retired_at IS NULL, v.content
FROM memories AS m
JOIN memory_versions AS v ON v.project = m.project AND v.memory = m.no AND v.version = m.version
WHERE m.project = %(project)s AND m.no = ANY(%(numbers)s::bigint[])
ORDER BY m.no

-- name: drop_lost_entities
DELETE FROM entities AS n
WHERE NOT EXISTS (
    SELECT 1 FROM edges AS e WHERE e.project = n.project AND e.kind = 'mentions' AND e.target = n.no
)
