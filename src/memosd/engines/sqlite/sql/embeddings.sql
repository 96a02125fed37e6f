-- name: embedder
SELECT model, origin FROM embedder

-- name: set_embedder
INSERT INTO embedder (one, model, origin, since) VALUES (1, ?, ?, ?)
ON CONFLICT DO UPDATE SET model = excluded.model, origin = excluded.origin, since = excluded.since

-- name: any_model
SELECT model FROM embeddings LIMIT 1

-- name: lacking
SELECT m.no, m.id, m.version, CAST(v.content AS BLOB)
FROM memories AS m CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = m.version
WHERE m.no > ?1 AND m.retired_at IS NULL AND m.draft = 0
    AND NOT EXISTS (SELECT 1 FROM embeddings AS e WHERE e.memory = m.no AND e.model = ?2)
ORDER BY m.no
LIMIT ?3

-- name: any_lacking
SELECT EXISTS (
    SELECT 1 FROM memories AS m
    WHERE m.retired_at IS NULL AND m.draft = 0
        AND NOT EXISTS (SELECT 1 FROM embeddings AS e WHERE e.memory = m.no AND e.model = ?)
)

-- name: live_version
SELECT m.no, m.owner, m.kind FROM memories AS m WHERE m.id = ? AND m.version = ? AND m.retired_at IS NULL

-- name: has
SELECT 1 FROM embeddings WHERE memory = ? AND model = ?

-- name: progress
SELECT count(*), coalesce(sum(EXISTS (SELECT 1 FROM embeddings AS e WHERE e.memory = m.no AND e.model = ?)), 0)
FROM memories AS m WHERE m.retired_at IS NULL AND m.draft = 0

-- name: drop_others
DELETE FROM embeddings WHERE (memory, model, key) IN (
    SELECT memory, model, key FROM embeddings WHERE memory > ?1 AND memory <= ?2 AND model <> ?3
)

-- name: last_memory
SELECT coalesce(max(no), 0) FROM memories
