-- name: user
SELECT pg_advisory_xact_lock_shared(hashtextextended(%(name)s, 1))

-- name: user_alone
SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 1))

-- name: alone
SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 2))

-- name: embedder
SELECT pg_advisory_xact_lock_shared(hashtextextended('embedder', 3))

-- name: embedder_alone
SELECT pg_advisory_xact_lock(hashtextextended('embedder', 3))
