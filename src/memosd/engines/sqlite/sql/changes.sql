-- name: last
SELECT coalesce(max(no), 0) FROM changes

-- name: last_of_owner
SELECT coalesce(max(no), 0) FROM changes WHERE owner = ?

-- name: since
SELECT no, memory FROM changes WHERE no > ?2 AND ?1 IS NULL ORDER BY no LIMIT ?3

-- name: since_of_owner
SELECT no, memory FROM changes WHERE owner = ?1 AND no > ?2 ORDER BY no LIMIT ?3

-- name: vectors
SELECT count(*) FROM memories AS m CROSS JOIN embeddings AS e ON e.memory = m.no AND e.model = ?2
WHERE (?1 IS NULL OR m.owner = ?1) AND m.retired_at IS NULL

-- name: mentioning
SELECT count(*) FROM memories AS m
WHERE (?1 IS NULL OR m.owner = ?1) AND m.retired_at IS NULL
    AND EXISTS (SELECT 1 FROM edges AS e WHERE e.source = m.no AND e.kind = 'mentions')

-- name: large
SELECT o.project, o.kind, o.id
FROM owners AS o
WHERE (SELECT count(*) FROM (SELECT 1 FROM memories AS m WHERE m.owner = o.no AND m.retired_at IS NULL LIMIT ?1)) >= ?1
ORDER BY o.no
