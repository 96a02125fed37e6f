-- name: add_base
INSERT INTO knowledge_bases (id, project, name, description, created_at) VALUES (%s, %s, %s, %s, %s)

-- name: bases
SELECT id, project, name, description, created_at FROM knowledge_bases WHERE project = %(project)s ORDER BY no

-- name: bases_named
SELECT id, project, name, description, created_at FROM knowledge_bases WHERE id = ANY(%(ids)s::text[])

-- name: base_exists
SELECT 1 FROM knowledge_bases WHERE project = %(project)s AND id = %(id)s

-- name: project_of_base
SELECT project FROM knowledge_bases WHERE id = %(id)s

-- name: drop_base
DELETE FROM knowledge_bases WHERE project = %(project)s AND id = %(id)s

-- name: tasks_of_base
SELECT t.id, t.lock
FROM files AS f JOIN tasks AS t ON t.project = f.project AND t.batch = f.batch
WHERE f.project = %(project)s AND f.base = %(id)s

-- name: drop_uploads_of_base
-- Messages, tasks and files go with them. What users said into the base is theirs and stays.
DELETE FROM batches
WHERE project = %(project)s
    AND no IN (SELECT batch FROM files WHERE project = %(project)s AND base = %(id)s)

-- name: orphans
SELECT m.id, m.project, o.id
FROM owners AS o JOIN memories AS m ON m.project = o.project AND m.owner = o.no
WHERE o.kind = 'knowledgebase'
    AND NOT EXISTS (SELECT 1 FROM knowledge_bases AS k WHERE k.project = o.project AND k.id = o.id)
LIMIT %(limit)s

-- name: drop_orphaned_owners
DELETE FROM owners AS o
WHERE o.kind = 'knowledgebase'
    AND NOT EXISTS (SELECT 1 FROM knowledge_bases AS k WHERE k.project = o.project AND k.id = o.id)
    AND NOT EXISTS (SELECT 1 FROM memories AS m WHERE m.project = o.project AND m.owner = o.no)
    AND NOT EXISTS (SELECT 1 FROM entities AS n WHERE n.project = o.project AND n.owner = o.no)

-- name: add
INSERT INTO files (id, project, base, message, kind, name, size, digest, url, problem, created_at, batch)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: update
UPDATE files SET name = %(name)s, size = %(size)s, digest = %(digest)s, problem = %(problem)s
WHERE project = %(project)s AND id = %(id)s
RETURNING no

-- name: named
SELECT f.id, f.project, f.base, f.message, f.kind, f.name, f.size, f.digest, f.url, f.problem, f.created_at,
    t.state, t.reason
FROM unnest(%(ids)s::text[]) WITH ORDINALITY AS asked (id, place)
JOIN files AS f ON f.id = asked.id AND f.base IS NOT NULL
JOIN tasks AS t ON t.project = f.project AND t.batch = f.batch
ORDER BY asked.place

-- name: of_base
SELECT f.id, f.project, f.base, f.message, f.kind, f.name, f.size, f.digest, f.url, f.problem, f.created_at,
    t.state, t.reason
FROM knowledge_bases AS k
JOIN files AS f ON f.project = k.project AND f.base = k.id
JOIN tasks AS t ON t.project = f.project AND t.batch = f.batch
WHERE k.id = %(base)s AND f.kind = coalesce(%(kind)s::text, f.kind)
ORDER BY f.no DESC
LIMIT %(limit)s OFFSET %(offset)s

-- name: count_of_base
SELECT count(*)
FROM knowledge_bases AS k JOIN files AS f ON f.project = k.project AND f.base = k.id
WHERE k.id = %(base)s AND f.kind = coalesce(%(kind)s::text, f.kind)

-- name: of_batch
SELECT f.id, f.project, f.base, f.message, f.kind, f.name, f.size, f.digest, f.url, f.problem, f.created_at
FROM batches AS b JOIN files AS f ON f.project = b.project AND f.batch = b.no
WHERE b.id = %(batch)s
ORDER BY f.no

-- name: uploads
-- Of these files those of bases, each with its task.
SELECT f.project, f.base, t.id, t.lock
FROM files AS f JOIN tasks AS t ON t.project = f.project AND t.batch = f.batch
WHERE f.id = ANY(%(ids)s::text[]) AND f.base IS NOT NULL

-- name: made_of
SELECT m.id, m.project, o.kind, o.id
FROM files AS f
JOIN messages AS s ON s.project = f.project AND s.id = f.message
JOIN edges AS e ON e.project = s.project AND e.kind = 'source' AND e.target = s.no
JOIN memories AS m ON m.project = e.project AND m.no = e.source
JOIN owners AS o ON o.project = m.project AND o.no = m.owner
WHERE f.id = ANY(%(ids)s::text[]) AND f.base IS NOT NULL

-- name: drop_uploads
DELETE FROM batches
WHERE (project, no) IN (SELECT project, batch FROM files WHERE id = ANY(%(ids)s::text[]) AND base IS NOT NULL)

-- name: loose
SELECT l.project, l.digest
FROM loose_contents AS l
WHERE NOT EXISTS (SELECT 1 FROM files AS f WHERE f.project = l.project AND f.digest = l.digest AND f.digest <> '')
LIMIT %(limit)s

-- name: has_content
SELECT 1 FROM files WHERE project = %(project)s AND digest = %(digest)s AND digest <> '' LIMIT 1

-- name: unlist_content
DELETE FROM loose_contents WHERE project = %(project)s AND digest = %(digest)s
