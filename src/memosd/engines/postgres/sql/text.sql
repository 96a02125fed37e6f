-- name: put
INSERT INTO memory_words (project, memory, tokens) VALUES (%(project)s, %(number)s, %(tokens)s::text[])
ON CONFLICT (project, memory) DO UPDATE SET tokens = excluded.tokens

-- name: drop
DELETE FROM memory_words WHERE project = %(project)s AND memory = %(number)s

-- name: postings
-- The memories of each token, as one text: it is read at once.
SELECT asked.token, (
        SELECT string_agg(w.memory::text, ',') FROM memory_words AS w
        WHERE w.tokens @> ARRAY[asked.token] AND w.project = %(project)s
    )
FROM unnest(%(tokens)s::text[]) AS asked (token)

-- name: count_live
SELECT owner, kind, count(*) FROM memories
WHERE project = %(project)s AND owner = ANY(%(owners)s::bigint[]) AND retired_at IS NULL AND NOT draft
    AND kind = ANY(%(kinds)s::text[])
GROUP BY owner, kind

-- name: drafts
-- What is not refined yet stands in no posting list: it is about to change, and there is little of it.
SELECT m.id, v.content
FROM memories AS m
JOIN memory_versions AS v ON v.project = m.project AND v.memory = m.no AND v.version = m.version
WHERE m.project = %(project)s AND m.owner = %(owner)s AND m.retired_at IS NULL AND m.draft
    AND m.kind = ANY(%(kinds)s::text[]) AND {condition}
ORDER BY m.no DESC

-- name: live
SELECT no, id FROM memories
WHERE project = %(project)s AND no = ANY(%(numbers)s::bigint[]) AND owner = %(owner)s AND retired_at IS NULL
    AND kind = ANY(%(kinds)s::text[])
