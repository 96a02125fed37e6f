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

-- name: forget_statistics
-- ANALYZE leaves the statistics of a table that is empty as they were. They go when a column gets a type, even its own.
SELECT format(
    'ALTER TABLE %%I ALTER COLUMN %%I TYPE %%s%%s, ALTER COLUMN %%I SET STORAGE %%s',
    c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    (SELECT format(' COLLATE %%I', o.collname) FROM pg_collation AS o WHERE o.oid = a.attcollation),
    a.attname,
    CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END
)
FROM pg_stats AS s
JOIN pg_class AS c ON c.relname = s.tablename AND c.relnamespace = s.schemaname::regnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = s.attname
WHERE c.relkind = 'r' AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'memories'::regclass)
    AND pg_relation_size(c.oid) = 0
