-- name: add
INSERT INTO embeddings (project, owner, model, memory, key, kind, vector)
VALUES (%(project)s, %(owner)s, %(model)s, %(number)s, %(key)s, %(kind)s, %(vector)s::halfvec)

-- name: drop
DELETE FROM embeddings WHERE project = %(project)s AND memory = %(number)s

-- name: of_memories
SELECT memory, halfvec_send(vector) FROM embeddings
WHERE project = %(project)s AND memory = ANY(%(numbers)s::bigint[]) AND model = %(model)s
ORDER BY memory, key

-- name: nearest
-- Exact: every vector of the owner. The best, and a few more, are measured again with the question in 32 bits: in 16 it
-- is rounded so that neighbours at the limit may change places.
SELECT m.id, near.score
FROM (
    SELECT e.memory, -min(e.vector::vector <#> %(precise)s::real[]::vector) AS score
    FROM (
        SELECT e.memory
        FROM embeddings AS e
        WHERE e.project = %(project)s AND e.owner = %(owner)s AND e.model = %(model)s
            AND e.kind = ANY(%(kinds)s::text[]) AND {condition}
        GROUP BY e.memory
        ORDER BY min(e.vector <#> %(query)s::halfvec), e.memory DESC
        LIMIT %(limit)s + %(spare)s
    ) AS best
    JOIN embeddings AS e ON e.project = %(project)s AND e.memory = best.memory AND e.model = %(model)s
    GROUP BY e.memory
    ORDER BY score DESC, e.memory DESC
    LIMIT %(limit)s
) AS near
JOIN memories AS m ON m.project = %(project)s AND m.no = near.memory
ORDER BY near.score DESC, m.no DESC

-- name: indexed
SELECT owner, dimensions FROM near_indexes
WHERE project = %(project)s AND owner = ANY(%(owners)s::bigint[]) AND model = %(model)s

-- name: count_passing
SELECT count(*) FROM (
    SELECT 1 FROM memories AS m
    WHERE m.project = %(project)s AND m.owner = %(owner)s AND m.kind = ANY(%(kinds)s::text[])
        AND m.retired_at IS NULL AND {condition}
    LIMIT %(limit)s
) AS passing

-- name: nearest_by_index
-- {condition} ends with the order by distance: it names the dimensions, as the index does.
SELECT m.id, near.score, m.no
FROM (
    SELECT e.memory, -(e.vector <#> %(query)s::halfvec) AS score
    FROM embeddings AS e
    WHERE e.project = %(project)s AND e.owner = %(owner)s AND e.model = %(model)s AND e.kind = ANY(%(kinds)s::text[])
        AND {condition}
    LIMIT %(limit)s
) AS near
JOIN memories AS m ON m.project = %(project)s AND m.no = near.memory

-- name: to_make
SELECT e.project, e.owner, e.model, min(vector_dims(e.vector))
FROM embeddings AS e
WHERE NOT EXISTS (
    SELECT 1 FROM near_indexes AS n WHERE n.project = e.project AND n.owner = e.owner AND n.model = e.model
)
GROUP BY e.project, e.owner, e.model
HAVING count(*) >= %(large)s AND min(vector_dims(e.vector)) <= %(longest)s

-- name: to_drop
SELECT n.name, n.project, n.owner, n.model
FROM near_indexes AS n
WHERE (
    SELECT count(*) FROM embeddings AS e
    WHERE e.project = n.project AND e.owner = n.owner AND e.model = n.model
) < %(small)s

-- name: note_index
INSERT INTO near_indexes (project, owner, model, dimensions, name)
VALUES (%(project)s, %(owner)s, %(model)s, %(dimensions)s, %(name)s)

-- name: forget_index
DELETE FROM near_indexes WHERE project = %(project)s AND owner = %(owner)s AND model = %(model)s
