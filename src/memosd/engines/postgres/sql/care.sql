-- name: begin
SELECT pg_try_advisory_lock(%(lock)s)

-- name: never_analysed
SELECT c.relname FROM pg_class AS c
WHERE c.relkind = 'r' AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'memories'::regclass)
    AND c.reltuples < 0 AND pg_relation_size(c.oid) > 0
    AND c.relname <> 'near_indexes'
ORDER BY c.relname

-- name: tables
SELECT c.relname FROM pg_class AS c
WHERE c.relkind = 'r' AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'memories'::regclass)
ORDER BY c.relname
