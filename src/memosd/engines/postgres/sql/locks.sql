-- name: user
SELECT pg_advisory_xact_lock_shared(hashtextextended(%(name)s, 1))

-- name: user_alone
SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 1))

-- name: alone
SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 2))
