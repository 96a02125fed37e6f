-- name: count
SELECT count(*) FROM memories

-- name: next
SELECT m.no, m.project, m.owner, m.retired_at IS NULL, CAST(v.content AS BLOB)
FROM memories AS m CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = m.version
WHERE m.no > ?
ORDER BY m.no
LIMIT ?

-- name: clear_text
INSERT INTO text_index (text_index) VALUES ('delete-all')

-- name: clear_graph
DELETE FROM edges WHERE kind IN ('mentions', 'source');
DELETE FROM entities;
