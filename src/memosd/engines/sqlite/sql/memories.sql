-- name: owner_number
SELECT no FROM owners WHERE project = ? AND kind = ? AND id = ?

-- name: add_owner
INSERT INTO owners (project, kind, id) VALUES (?, ?, ?) RETURNING no

-- name: add
INSERT INTO memories (id, project, owner, user, conversation, agent, app, kind, version, said_at, holds_from,
    holds_until, created_at, updated_at, draft, info)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)

-- name: live_of_owner
SELECT no, version FROM memories WHERE id = ? AND owner = ? AND retired_at IS NULL

-- name: retired_of_owner
SELECT no, version FROM memories WHERE id = ? AND owner = ? AND retired_at IS NOT NULL

-- name: revise
UPDATE memories
SET version = ?, kind = ?, said_at = ?, holds_from = ?, holds_until = ?, updated_at = ?, draft = ?,
    retired_at = NULL, retired_because = NULL, replaced_by = NULL
WHERE no = ?

-- name: retire
UPDATE memories SET retired_at = ?, retired_because = ?, replaced_by = ? WHERE no = ?

-- name: add_version
INSERT INTO memory_versions (memory, version, recorded_at, content) VALUES (?, ?, ?, ?)

-- name: add_info
INSERT OR IGNORE INTO memory_info (owner, key, text, memory, listed, number) VALUES (?, ?, ?, ?, ?, ?)

-- name: add_tag
INSERT INTO memory_tags (owner, tag, memory) VALUES (?, ?, ?)

-- name: drop_tags
DELETE FROM memory_tags WHERE memory = ?

-- name: add_embedding
INSERT INTO embeddings (memory, model, key, dimension, vector) VALUES (?, ?, ?, ?, ?)

-- name: drop_embeddings
DELETE FROM embeddings WHERE memory = ?

-- name: by_ids
SELECT m.id, m.project, o.kind, o.id, m.user, m.conversation, m.agent, m.app, m.info, m.version, m.created_at,
    m.updated_at, m.retired_at, m.retired_because, m.replaced_by, CAST(v.content AS BLOB)
FROM json_each(?2) AS asked
CROSS JOIN memories AS m ON m.id = asked.value AND m.project = ?1
CROSS JOIN owners AS o ON o.no = m.owner
CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = m.version
ORDER BY asked.key

-- name: made_from
SELECT m.id, m.project, o.kind, o.id, m.user, m.conversation, m.agent, m.app, m.info, m.version, m.created_at,
    m.updated_at, m.retired_at, m.retired_because, m.replaced_by, CAST(v.content AS BLOB)
FROM memories AS m
CROSS JOIN owners AS o ON o.no = m.owner
CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = m.version
WHERE m.no IN (
        SELECT e.source
        FROM json_each(?2) AS asked
        CROSS JOIN messages AS s ON s.id = asked.value
        CROSS JOIN edges AS e ON e.kind = 'source' AND e.target = s.no
    )
    AND m.project = ?1 AND (m.retired_at IS NULL OR ?3)
ORDER BY m.no

-- name: current
SELECT m.no, m.version, m.retired_at
FROM json_each(?2) AS asked CROSS JOIN memories AS m ON m.id = asked.value AND m.project = ?1
ORDER BY asked.key

-- name: by_numbers
SELECT m.id, m.project, o.kind, o.id, m.user, m.conversation, m.agent, m.app, m.info, m.version, m.created_at,
    m.updated_at, m.retired_at, m.retired_because, m.replaced_by, CAST(v.content AS BLOB), m.no
FROM json_each(?) AS asked
CROSS JOIN memories AS m ON m.no = asked.value
CROSS JOIN owners AS o ON o.no = m.owner
CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = m.version

-- name: followed_by
SELECT e.target, m.id
FROM json_each(?) AS asked
CROSS JOIN edges AS e ON e.kind = 'next' AND e.target = asked.value
CROSS JOIN memories AS m ON m.no = e.source

-- name: embeddings_of
SELECT e.memory, e.dimension, e.vector
FROM json_each(?1) AS asked
CROSS JOIN embeddings AS e ON e.memory = asked.value AND e.model = ?2
ORDER BY e.memory, e.key

-- name: versions
SELECT m.id, m.project, o.kind, o.id, m.user, m.conversation, m.agent, m.app, m.info, v.version, m.created_at,
    v.recorded_at,
    iif(v.version = m.version, m.retired_at, NULL),
    iif(v.version = m.version, m.retired_because, NULL),
    iif(v.version = m.version, m.replaced_by, NULL),
    CAST(v.content AS BLOB)
FROM memories AS m
CROSS JOIN owners AS o ON o.no = m.owner
CROSS JOIN memory_versions AS v ON v.memory = m.no
WHERE m.project = ? AND m.id = ?
ORDER BY v.version

-- name: browse
SELECT m.id, m.project, o.kind, o.id, m.user, m.conversation, m.agent, m.app, m.info, m.version, m.created_at,
    m.updated_at, m.retired_at, m.retired_because, m.replaced_by, CAST(v.content AS BLOB)
FROM memories AS m
CROSS JOIN owners AS o ON o.no = m.owner
CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = m.version
WHERE m.project = ? AND m.user = ? AND m.retired_at IS NULL AND m.kind IN (SELECT value FROM json_each(?))
    AND ({condition})
ORDER BY m.created_at DESC, m.no DESC
LIMIT ? OFFSET ?

-- name: count_browsed
SELECT count(*)
FROM memories AS m
WHERE m.project = ? AND m.user = ? AND m.retired_at IS NULL AND m.kind IN (SELECT value FROM json_each(?))
    AND ({condition})

-- name: allowed
-- As one text: it is read at once.
SELECT group_concat(m.no)
FROM memories AS m
WHERE m.owner = ? AND m.retired_at IS NULL AND {condition}

-- name: allowed_keyed
-- For a condition that finds memories by a key: the pluses keep SQLite from going through all of the owner's.
SELECT group_concat(m.no)
FROM memories AS m
WHERE +m.owner = ? AND +m.retired_at IS NULL AND {condition}

-- name: refined
SELECT group_concat(no) FROM memories WHERE owner = ? AND retired_at IS NULL AND draft = 0 AND kind = ?
