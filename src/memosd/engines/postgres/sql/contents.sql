-- name: has
SELECT 1 FROM contents WHERE project = %(project)s AND digest = %(digest)s LIMIT 1

-- name: add
INSERT INTO contents (project, digest, piece, bytes) VALUES (%(project)s, %(digest)s, %(piece)s, %(bytes)s)
RETURNING piece

-- name: list_loose
-- Until a file has it: should that never come about, it is removed. When the last one goes that has it, it is listed.
INSERT INTO loose_contents (project, digest)
SELECT %(project)s, %(digest)s
WHERE NOT EXISTS (SELECT 1 FROM files WHERE project = %(project)s AND digest = %(digest)s AND digest <> '')
ON CONFLICT DO NOTHING

-- name: piece
SELECT bytes FROM contents WHERE project = %(project)s AND digest = %(digest)s AND piece = %(piece)s

-- name: drop
DELETE FROM contents
WHERE project = %(project)s AND digest = %(digest)s
    AND NOT EXISTS (SELECT 1 FROM files WHERE project = %(project)s AND digest = %(digest)s AND digest <> '')

-- name: sweep
DELETE FROM contents AS c
WHERE NOT EXISTS (SELECT 1 FROM files AS f WHERE f.project = c.project AND f.digest = c.digest AND f.digest <> '')

-- name: secret
SELECT value FROM secrets WHERE name = %(name)s

-- name: add_secret
INSERT INTO secrets (name, value) VALUES (%(name)s, %(value)s)
ON CONFLICT DO NOTHING
