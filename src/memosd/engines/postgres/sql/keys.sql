-- name: add_project
INSERT INTO projects (id, name, created_at) VALUES (%s, %s, %s)

-- name: projects
SELECT id, name, created_at FROM projects ORDER BY created_at, id

-- name: add_key
INSERT INTO api_keys (id, project, name, hint, created_at, expires_at, revoked_at, digest)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)

-- name: keys
SELECT id, project, name, hint, created_at, expires_at, revoked_at FROM api_keys
WHERE %(project)s::text IS NULL OR project = %(project)s
ORDER BY created_at, id

-- name: revoke
-- The first revocation counts.
UPDATE api_keys SET revoked_at = coalesce(revoked_at, %(at)s) WHERE id = %(id)s RETURNING id

-- name: by_digest
SELECT id, project, name, hint, created_at, expires_at, revoked_at FROM api_keys WHERE digest = %(digest)s
