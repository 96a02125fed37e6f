-- name: embedder
SELECT model, origin FROM embedder

-- name: set_embedder
INSERT INTO embedder (one, model, origin, since) VALUES (true, %(model)s, %(origin)s, %(now)s)
ON CONFLICT (one) DO UPDATE SET model = excluded.model, origin = excluded.origin, since = excluded.since

-- name: any_model
SELECT model FROM embeddings LIMIT 1

-- name: lacking
SELECT m.no, m.id, m.version, v.content
FROM memories AS m
JOIN memory_versions AS v ON v.project = m.project AND v.memory = m.no AND v.version = m.version
WHERE m.no > %(after)s AND m.retired_at IS NULL AND NOT m.draft
    AND NOT EXISTS (
        SELECT 1 FROM embeddings AS e WHERE e.project = m.project AND e.memory = m.no AND e.model = %(model)s
    )
ORDER BY m.no
LIMIT %(limit)s

-- name: any_lacking
SELECT EXISTS (
    SELECT 1 FROM memories AS m
    WHERE m.retired_at IS NULL AND NOT m.draft
        AND NOT EXISTS (
            SELECT 1 FROM embeddings AS e WHERE e.project = m.project AND e.memory = m.no AND e.model = %(model)s
        )
)

-- name: owners
SELECT DISTINCT m.project, o.kind, o.id
FROM memories AS m JOIN owners AS o ON o.project = m.project AND o.no = m.owner
WHERE m.id = ANY(%(ids)s::text[])

-- name: wanting
-- The live memories that lack vectors of the model.
SELECT m.id, m.version, m.project, m.owner, m.no, m.kind FROM memories AS m
WHERE m.id = ANY(%(ids)s::text[]) AND m.retired_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM embeddings AS e WHERE e.project = m.project AND e.memory = m.no AND e.model = %(model)s
    )

-- name: coverage
-- Whatever has vectors has one for its first key.
SELECT count(*), count(e.memory)
FROM memories AS m
LEFT JOIN embeddings AS e ON e.project = m.project AND e.memory = m.no AND e.model = %(model)s AND e.key = 0
WHERE m.retired_at IS NULL AND NOT m.draft

-- name: stretch
-- The end of a stretch of memories.
SELECT project, no FROM memories WHERE (project, no) > (%(project)s::text, %(number)s::bigint)
ORDER BY project, no
LIMIT 1 OFFSET %(length)s

-- name: drop_others
DELETE FROM embeddings
WHERE (project, memory) > (%(project)s::text, %(number)s::bigint)
    AND (project, memory) <= (%(to_project)s::text, %(to_number)s::bigint) AND model <> %(model)s

-- name: drop_other_rest
DELETE FROM embeddings WHERE (project, memory) > (%(project)s::text, %(number)s::bigint) AND model <> %(model)s
