-- name: has
SELECT 1 FROM contents WHERE project = %(project)s AND digest = %(digest)s LIMIT 1

-- name: add
INSERT INTO contents (project, digest, piece, bytes) VALUES (%(project)s, %(digest)s, %(piece)s, %(bytes)s)
RETURNING piece

-- name: list_loose
-- Until a file has it: should that never come about, it is removed.
INSERT INTO loose_contents (project, digest) VALUES (%(project)s, %(digest)s)
ON CONFLICT DO NOTHING

-- name: piece
SELECT bytes FROM contents WHERE project = %(project)s AND digest = %(digest)s AND piece = %(piece)s

-- name: drop
DELETE FROM contents
WHERE project = %(project)s AND digest = %(digest)s
    AND NOT EXISTS (SELECT 1 FROM files WHERE project = %(project)s AND digest = %(digest)s AND digest <> '')

-- name: secret
SELECT value FROM secrets WHERE name = %(name)s

-- name: add_secret
INSERT INTO secrets (name, value) VALUES (%(name)s, %(value)s)
ON CONFLICT DO NOTHING
