-- name: put
INSERT INTO text_index (rowid, terms) VALUES (?, ?)

-- name: drop
DELETE FROM text_index WHERE rowid = ?

-- name: postings
SELECT group_concat(rowid) FROM text_index WHERE text_index MATCH ?

-- name: drafts
-- What is not refined yet stands in no posting list: it is about to change, and there is little of it.
SELECT m.no, m.id, CAST(v.content ->> '$.terms' AS BLOB)
FROM memories AS m CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = m.version
WHERE m.owner = ? AND m.retired_at IS NULL AND m.draft = 1 AND m.kind IN (SELECT value FROM json_each(?))
    AND {condition}
ORDER BY m.no DESC

-- name: live
SELECT m.no, m.id
FROM json_each(?1) AS asked
CROSS JOIN memories AS m ON m.no = asked.value
WHERE m.owner = ?2 AND m.retired_at IS NULL AND m.kind IN (SELECT value FROM json_each(?3))
