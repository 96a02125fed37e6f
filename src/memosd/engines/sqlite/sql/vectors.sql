-- name: of_owner
SELECT m.no, m.id, m.kind, e.dimension, e.vector
FROM memories AS m CROSS JOIN embeddings AS e ON e.memory = m.no AND e.model = ?2
WHERE m.owner = ?1 AND m.retired_at IS NULL
ORDER BY m.no, e.key
