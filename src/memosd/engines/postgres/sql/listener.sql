-- name: notify
SELECT pg_notify(%(channel)s, name) FROM unnest(%(names)s::text[]) AS told (name)
