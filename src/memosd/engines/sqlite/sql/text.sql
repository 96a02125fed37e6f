-- name: put
INSERT INTO text_index (rowid, terms) VALUES (?, ?)

-- name: drop
DELETE FROM text_index WHERE rowid = ?

-- name: postings
SELECT group_concat(rowid) FROM text_index WHERE text_index MATCH ?

-- name: live
SELECT m.no, m.id
FROM json_each(?1) AS asked
CROSS JOIN memories AS m ON m.no = asked.value
WHERE m.owner = ?2 AND m.retired_at IS NULL AND m.kind IN (SELECT value FROM json_each(?3))
