-- name: add_project
INSERT INTO projects (id, name, created_at) VALUES (?, ?, ?)

-- name: projects
SELECT id, name, created_at FROM projects ORDER BY created_at, id

-- name: add_key
INSERT INTO api_keys (id, project, name, hint, created_at, expires_at, revoked_at, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: keys
SELECT id, project, name, hint, created_at, expires_at, revoked_at FROM api_keys
WHERE ?1 IS NULL OR project = ?1
ORDER BY created_at, id

-- name: revoke
-- The first revocation counts.
UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?

-- name: by_digest
SELECT id, project, name, hint, created_at, expires_at, revoked_at FROM api_keys WHERE digest = ?
