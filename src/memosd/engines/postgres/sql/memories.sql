-- name: owners
SELECT o.kind, o.id, o.no, o.stamp
FROM unnest(%(kinds)s::text[], %(ids)s::text[]) AS asked (kind, id)
JOIN owners AS o ON o.project = %(project)s AND o.kind = asked.kind AND o.id = asked.id

-- name: add_owner
INSERT INTO owners (project, kind, id) VALUES (%(project)s, %(kind)s, %(id)s)
ON CONFLICT DO NOTHING

-- name: owner_number
SELECT no FROM owners WHERE project = %(project)s AND kind = %(kind)s AND id = %(id)s

-- name: stamp_owners
UPDATE owners SET stamp = stamp + 1 WHERE project = %(project)s AND no = ANY(%(owners)s::bigint[])

-- name: numbers
SELECT nextval('memory_numbers') FROM generate_series(1, %(count)s)

-- name: add
INSERT INTO memories (project, no, id, owner, user_id, conversation, agent, app, kind, version, said_at, holds_from,
    holds_until, created_at, updated_at, draft, info)
VALUES (%(project)s, %(number)s, %(id)s, %(owner)s, %(user)s, %(conversation)s, %(agent)s, %(app)s, %(kind)s,
    %(version)s, %(said_at)s, %(holds_from)s, %(holds_until)s, %(recorded)s, %(updated)s, %(draft)s, %(info)s)

-- name: live
SELECT id, owner, no, version FROM memories
WHERE project = %(project)s AND id = ANY(%(ids)s::text[]) AND retired_at IS NULL

-- name: of_owner
SELECT no, version, retired_at IS NULL FROM memories
WHERE project = %(project)s AND id = %(id)s AND owner = %(owner)s

-- name: revise
UPDATE memories
SET version = %(version)s, kind = %(kind)s, said_at = %(said_at)s, holds_from = %(holds_from)s,
    holds_until = %(holds_until)s, updated_at = %(recorded)s, draft = %(draft)s,
    retired_at = NULL, retired_because = NULL, replaced_by = NULL
WHERE project = %(project)s AND no = %(number)s

-- name: retire
UPDATE memories SET retired_at = %(at)s, retired_because = %(because)s, replaced_by = %(replaced_by)s
WHERE project = %(project)s AND no = %(number)s

-- name: add_version
INSERT INTO memory_versions (project, memory, version, recorded_at, content)
VALUES (%(project)s, %(number)s, %(version)s, %(recorded)s, %(content)s)

-- name: add_info
INSERT INTO memory_info (project, owner, key, text, number, listed, memory)
VALUES (%(project)s, %(owner)s, %(key)s, %(text)s, %(value)s, %(listed)s, %(number)s)

-- name: add_tags
INSERT INTO memory_tags (project, owner, tag, memory)
SELECT %(project)s, %(owner)s, tag, %(number)s FROM unnest(%(tags)s::text[]) AS given (tag)

-- name: drop_tags
DELETE FROM memory_tags WHERE project = %(project)s AND memory = %(number)s

-- name: by_ids
SELECT m.id, m.project, o.kind, o.id, m.user_id, m.conversation, m.agent, m.app, m.info, m.version, m.created_at,
    m.updated_at, m.retired_at, m.retired_because, m.replaced_by, v.content
FROM unnest(%(ids)s::text[]) WITH ORDINALITY AS asked (id, place)
JOIN memories AS m ON m.id = asked.id AND m.project = %(project)s
JOIN owners AS o ON o.project = m.project AND o.no = m.owner
JOIN memory_versions AS v ON v.project = m.project AND v.memory = m.no AND v.version = m.version
ORDER BY asked.place

-- name: made_from
SELECT m.id, m.project, o.kind, o.id, m.user_id, m.conversation, m.agent, m.app, m.info, m.version, m.created_at,
    m.updated_at, m.retired_at, m.retired_because, m.replaced_by, v.content
FROM memories AS m
JOIN owners AS o ON o.project = m.project AND o.no = m.owner
JOIN memory_versions AS v ON v.project = m.project AND v.memory = m.no AND v.version = m.version
WHERE m.project = %(project)s AND (m.retired_at IS NULL OR %(retired)s) AND m.no IN (
        SELECT e.source
        FROM messages AS s JOIN edges AS e ON e.project = s.project AND e.kind = 'source' AND e.target = s.no
        WHERE s.project = %(project)s AND s.id = ANY(%(messages)s::text[])
    )
ORDER BY m.no

-- name: current
SELECT m.no, m.version, m.retired_at
FROM unnest(%(ids)s::text[]) WITH ORDINALITY AS asked (id, place)
JOIN memories AS m ON m.id = asked.id AND m.project = %(project)s
ORDER BY asked.place

-- name: by_numbers
SELECT m.id, m.project, o.kind, o.id, m.user_id, m.conversation, m.agent, m.app, m.info, m.version, m.created_at,
    m.updated_at, m.retired_at, m.retired_because, m.replaced_by, v.content, m.no
FROM memories AS m
JOIN owners AS o ON o.project = m.project AND o.no = m.owner
JOIN memory_versions AS v ON v.project = m.project AND v.memory = m.no AND v.version = m.version
WHERE m.project = %(project)s AND m.no = ANY(%(numbers)s::bigint[])

-- name: followed_by
SELECT e.target, m.id
FROM edges AS e JOIN memories AS m ON m.project = e.project AND m.no = e.source
WHERE e.project = %(project)s AND e.kind = 'next' AND e.target = ANY(%(numbers)s::bigint[])

-- name: versions
SELECT m.id, m.project, o.kind, o.id, m.user_id, m.conversation, m.agent, m.app, m.info, v.version, m.created_at,
    v.recorded_at,
    CASE WHEN v.version = m.version THEN m.retired_at END,
    CASE WHEN v.version = m.version THEN m.retired_because END,
    CASE WHEN v.version = m.version THEN m.replaced_by END,
    v.content
FROM memories AS m
JOIN owners AS o ON o.project = m.project AND o.no = m.owner
JOIN memory_versions AS v ON v.project = m.project AND v.memory = m.no
WHERE m.project = %(project)s AND m.id = %(id)s
ORDER BY v.version

-- name: browse
SELECT m.id, m.project, o.kind, o.id, m.user_id, m.conversation, m.agent, m.app, m.info, m.version, m.created_at,
    m.updated_at, m.retired_at, m.retired_because, m.replaced_by, v.content
FROM memories AS m
JOIN owners AS o ON o.project = m.project AND o.no = m.owner
JOIN memory_versions AS v ON v.project = m.project AND v.memory = m.no AND v.version = m.version
WHERE m.project = %(project)s AND m.user_id = %(user)s AND m.retired_at IS NULL AND m.kind = ANY(%(kinds)s::text[])
    AND ({condition})
ORDER BY m.created_at DESC, m.no DESC
LIMIT %(limit)s OFFSET %(offset)s

-- name: count_browsed
SELECT count(*)
FROM memories AS m
WHERE m.project = %(project)s AND m.user_id = %(user)s AND m.retired_at IS NULL AND m.kind = ANY(%(kinds)s::text[])
    AND ({condition})

-- name: allowed
SELECT string_agg(m.no::text, ',')
FROM memories AS m
WHERE m.project = %(project)s AND m.owner = %(owner)s AND m.retired_at IS NULL AND {condition}
