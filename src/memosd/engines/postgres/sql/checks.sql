-- name: text_size
SELECT count(*) FROM memory_words

-- name: text_memories_missing
SELECT count(*) FROM memories AS m
WHERE m.retired_at IS NULL AND NOT m.draft
    AND NOT EXISTS (SELECT 1 FROM memory_words AS w WHERE w.project = m.project AND w.memory = m.no)

-- name: text_entries_without_a_live_memory
SELECT count(*) FROM memory_words AS w
WHERE NOT EXISTS (
    SELECT 1 FROM memories AS m
    WHERE m.project = w.project AND m.no = w.memory AND m.retired_at IS NULL AND NOT m.draft
)

-- name: vectors_size
SELECT count(*) FROM embeddings

-- name: vectors_refined_memories_without_vectors
SELECT count(*) FROM memories AS m
WHERE m.retired_at IS NULL AND NOT m.draft
    AND NOT EXISTS (SELECT 1 FROM embeddings AS e WHERE e.project = m.project AND e.memory = m.no)

-- name: vectors_of_retired_memories
SELECT count(*) FROM embeddings AS e
WHERE NOT EXISTS (
    SELECT 1 FROM memories AS m WHERE m.project = e.project AND m.no = e.memory AND m.retired_at IS NULL
)

-- name: vectors_of_another_owner_or_kind
SELECT count(*) FROM embeddings AS e JOIN memories AS m ON m.project = e.project AND m.no = e.memory
WHERE m.owner <> e.owner OR m.kind <> e.kind

-- name: graph_size
SELECT count(*) FROM edges

-- name: graph_links_to_missing_entities
SELECT count(*) FROM edges AS e
WHERE e.kind = 'mentions' AND NOT EXISTS (SELECT 1 FROM entities AS n WHERE n.project = e.project AND n.no = e.target)

-- name: graph_links_to_missing_messages
SELECT count(*) FROM edges AS e
WHERE e.kind = 'source' AND NOT EXISTS (SELECT 1 FROM messages AS s WHERE s.project = e.project AND s.no = e.target)

-- name: graph_links_to_missing_memories
SELECT count(*) FROM edges AS e
WHERE e.kind IN ('next', 'supersedes', 'merged')
    AND NOT EXISTS (SELECT 1 FROM memories AS m WHERE m.project = e.project AND m.no = e.target)

-- name: graph_entities_that_nothing_mentions
SELECT count(*) FROM entities AS n
WHERE NOT EXISTS (
    SELECT 1 FROM edges AS e WHERE e.project = n.project AND e.kind = 'mentions' AND e.target = n.no
)

-- name: graph_mentions_by_retired_memories
SELECT count(*) FROM edges AS e
WHERE e.kind = 'mentions' AND NOT EXISTS (
    SELECT 1 FROM memories AS m WHERE m.project = e.project AND m.no = e.source AND m.retired_at IS NULL
)

-- name: records_size
SELECT count(*) FROM memories

-- name: records_without_their_current_version
SELECT count(*) FROM memories AS m
WHERE NOT EXISTS (
    SELECT 1 FROM memory_versions AS v WHERE v.project = m.project AND v.memory = m.no AND v.version = m.version
)

-- name: unreadable_uploads
SELECT count(*) FROM tasks AS t
WHERE t.state = 'failed' AND EXISTS (
    SELECT 1 FROM files AS f
    WHERE f.project = t.project AND f.batch = t.batch AND f.base IS NOT NULL AND f.problem <> ''
)

-- name: stuck_locks
SELECT count(*) FROM (
    SELECT lock FROM tasks WHERE state IN ('waiting', 'running') GROUP BY lock
    HAVING count(*) FILTER (WHERE first) <> 1
) AS stuck
