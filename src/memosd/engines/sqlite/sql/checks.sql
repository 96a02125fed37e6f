-- name: text_size
SELECT count(*) FROM text_index_docsize

-- name: text_memories_missing
SELECT count(*) FROM memories WHERE retired_at IS NULL AND draft = 0 AND no NOT IN (SELECT id FROM text_index_docsize)

-- name: text_entries_without_a_live_memory
SELECT count(*) FROM text_index_docsize WHERE id NOT IN (SELECT no FROM memories WHERE retired_at IS NULL AND draft = 0)

-- name: vectors_size
SELECT count(*) FROM embeddings

-- name: vectors_refined_memories_without_vectors
SELECT count(*) FROM memories AS m CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = m.version
WHERE m.retired_at IS NULL AND v.content ->> 'stage' = 'refined'
    AND NOT EXISTS (SELECT 1 FROM embeddings AS e WHERE e.memory = m.no)

-- name: vectors_of_retired_memories
SELECT count(*) FROM embeddings WHERE memory NOT IN (SELECT no FROM memories WHERE retired_at IS NULL)

-- name: vectors_missing_for_keys
SELECT count(*) FROM (
    SELECT e.memory FROM embeddings AS e CROSS JOIN memories AS m ON m.no = e.memory
    CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = m.version
    GROUP BY e.memory, e.model
    HAVING count(*) <> max(1, json_array_length(v.content, '$.keys'))
)

-- name: graph_size
SELECT count(*) FROM edges

-- name: graph_links_to_missing_entities
SELECT count(*) FROM edges WHERE kind = 'mentions' AND target NOT IN (SELECT no FROM entities)

-- name: graph_links_to_missing_messages
SELECT count(*) FROM edges WHERE kind = 'source' AND target NOT IN (SELECT no FROM messages)

-- name: graph_links_to_missing_memories
SELECT count(*) FROM edges
WHERE kind IN ('next', 'supersedes', 'merged') AND target NOT IN (SELECT no FROM memories)

-- name: graph_entities_that_nothing_mentions
SELECT count(*) FROM entities AS n
WHERE NOT EXISTS (SELECT 1 FROM edges AS e WHERE e.kind = 'mentions' AND e.target = n.no)

-- name: graph_mentions_by_retired_memories
SELECT count(*) FROM edges
WHERE kind = 'mentions' AND source NOT IN (SELECT no FROM memories WHERE retired_at IS NULL)

-- name: graph_live_memories_not_linked_to_their_entities
SELECT count(*) FROM memories AS m CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = m.version
WHERE m.retired_at IS NULL AND json_array_length(v.content, '$.entities') > 0
    AND NOT EXISTS (SELECT 1 FROM edges AS e WHERE e.source = m.no AND e.kind = 'mentions')

-- name: records_size
SELECT count(*) FROM memories

-- name: records_without_their_current_version
SELECT count(*) FROM memories AS m
WHERE NOT EXISTS (SELECT 1 FROM memory_versions AS v WHERE v.memory = m.no AND v.version = m.version)

-- name: unreadable_uploads
SELECT count(*) FROM tasks AS t
WHERE t.state = 'failed'
    AND EXISTS (SELECT 1 FROM files AS f WHERE f.batch = t.batch AND f.base IS NOT NULL AND f.problem <> '')

-- name: stuck_locks
SELECT count(*) FROM (
    SELECT lock FROM tasks WHERE state IN ('waiting', 'running') GROUP BY lock HAVING sum(first) <> 1
)
