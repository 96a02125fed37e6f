-- name: add_base
INSERT INTO knowledge_bases (id, project, name, description, created_at) VALUES (?, ?, ?, ?, ?)

-- name: bases
SELECT id, project, name, description, created_at FROM knowledge_bases WHERE project = ? ORDER BY no

-- name: bases_named
SELECT b.id, b.project, b.name, b.description, b.created_at
FROM json_each(?) AS asked CROSS JOIN knowledge_bases AS b ON b.id = asked.value

-- name: base_exists
SELECT 1 FROM knowledge_bases WHERE id = ?

-- name: drop_base
DELETE FROM knowledge_bases WHERE id = ?

-- name: drop_uploads
-- Messages, tasks and files go with them. What users said into the base is theirs and stays.
DELETE FROM batches WHERE no IN (SELECT batch FROM files WHERE base = ?)

-- name: tasks_of_uploads
SELECT t.id FROM files AS f CROSS JOIN tasks AS t ON t.batch = f.batch
WHERE f.base = ?

-- name: orphans
SELECT m.no, m.owner, m.project, m.id
FROM owners AS o CROSS JOIN memories AS m ON m.owner = o.no
WHERE o.kind = 'knowledgebase' AND NOT EXISTS (SELECT 1 FROM knowledge_bases AS b WHERE b.id = o.id)
LIMIT ?

-- name: drop_orphaned_owners
DELETE FROM owners
WHERE kind = 'knowledgebase'
    AND NOT EXISTS (SELECT 1 FROM knowledge_bases AS b WHERE b.id = owners.id)
    AND NOT EXISTS (SELECT 1 FROM memories AS m WHERE m.owner = owners.no)
    AND NOT EXISTS (SELECT 1 FROM entities AS n WHERE n.owner = owners.no)

-- name: add
INSERT INTO files (id, project, base, message, kind, name, size, digest, url, problem, created_at, batch)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: update
UPDATE files SET name = ?, size = ?, digest = ?, problem = ? WHERE id = ? RETURNING no

-- name: named
SELECT f.id, f.project, f.base, f.message, f.kind, f.name, f.size, f.digest, f.url, f.problem, f.created_at,
    t.state, t.reason
FROM json_each(?) AS asked
CROSS JOIN files AS f ON f.id = asked.value AND f.base IS NOT NULL
CROSS JOIN tasks AS t ON t.batch = f.batch
ORDER BY asked.key

-- name: of_base
SELECT f.id, f.project, f.base, f.message, f.kind, f.name, f.size, f.digest, f.url, f.problem, f.created_at,
    t.state, t.reason
FROM files AS f CROSS JOIN tasks AS t ON t.batch = f.batch
WHERE f.base = ?1 AND f.kind = coalesce(?2, f.kind)
ORDER BY f.no DESC
LIMIT ?3 OFFSET ?4

-- name: count_of_base
SELECT count(*) FROM files WHERE base = ?1 AND kind = coalesce(?2, kind)

-- name: of_batch
SELECT f.id, f.project, f.base, f.message, f.kind, f.name, f.size, f.digest, f.url, f.problem, f.created_at
FROM batches AS b CROSS JOIN files AS f ON f.batch = b.no
WHERE b.id = ?
ORDER BY f.no

-- name: made_of
SELECT m.no, m.owner, m.project, m.id
FROM messages AS s
CROSS JOIN edges AS e ON e.kind = 'source' AND e.target = s.no
CROSS JOIN memories AS m ON m.no = e.source
WHERE s.id = (SELECT message FROM files WHERE id = ?1 AND base IS NOT NULL)

-- name: tasks_of_upload
SELECT t.id FROM files AS f CROSS JOIN tasks AS t ON t.batch = f.batch WHERE f.id = ? AND f.base IS NOT NULL

-- name: drop_upload
DELETE FROM batches WHERE no = (SELECT batch FROM files WHERE id = ? AND base IS NOT NULL)

-- name: loose
SELECT l.project, l.digest
FROM loose_blobs AS l
WHERE NOT EXISTS (SELECT 1 FROM files AS f WHERE f.project = l.project AND f.digest = l.digest)
LIMIT ?

-- name: list_content
-- Until a file has it: should that never come about, it is removed.
INSERT OR IGNORE INTO loose_blobs (project, digest)
SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM files AS f WHERE f.project = ?1 AND f.digest = ?2)

-- name: unlist_content
DELETE FROM loose_blobs WHERE project = ? AND digest = ?

-- name: has_content
SELECT 1 FROM files WHERE project = ? AND digest = ? LIMIT 1
