-- name: add_batch
INSERT INTO batches (id, project, user_id, conversation, owner_kind, owner_id, agent, app, tags, info, received_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING no

-- name: add
INSERT INTO messages (id, role, text, said_at, tool_calls, tool_call_id, batch, project, user_id, conversation)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: batch
SELECT id, project, user_id, conversation, owner_kind, owner_id, agent, app, tags, info, received_at
FROM batches
WHERE id = %(id)s

-- name: has_batch
SELECT 1 FROM batches WHERE project = %(project)s AND id = %(id)s

-- name: of_batch
SELECT m.id, m.role, m.text, m.said_at, m.tool_calls, m.tool_call_id
FROM batches AS b JOIN messages AS m ON m.project = b.project AND m.batch = b.no
WHERE b.id = %(id)s AND NOT m.unlearnable
ORDER BY m.no

-- name: before_batch
SELECT m.id, m.role, m.text, m.said_at, m.tool_calls, m.tool_call_id
FROM batches AS b JOIN messages AS m ON m.project = b.project AND m.batch = b.no
WHERE b.project = %(project)s AND b.user_id = %(user)s AND b.conversation = %(conversation)s AND b.conversation <> ''
    AND b.owner_kind = %(owner_kind)s AND b.owner_id = %(owner_id)s
    AND b.no < coalesce((SELECT no FROM batches WHERE project = %(project)s AND id = %(id)s), 9223372036854775807)
    AND NOT m.unlearnable
ORDER BY b.no DESC, m.no DESC
LIMIT %(limit)s

-- name: conversation
SELECT id, role, text, said_at, tool_calls, tool_call_id
FROM messages
WHERE project = %(project)s AND user_id = %(user)s AND conversation = %(conversation)s
    AND role = ANY(%(roles)s::text[])
ORDER BY said_at DESC, no DESC
LIMIT %(limit)s

-- name: by_ids
SELECT id, role, text, said_at, tool_calls, tool_call_id
FROM messages
WHERE project = %(project)s AND id = ANY(%(ids)s::text[])

-- name: unlearnable
SELECT id, unlearnable FROM messages WHERE project = %(project)s AND id = ANY(%(ids)s::text[])

-- name: forget_uncited
-- Of these messages, those that no live memory cites may not be learnt from again.
UPDATE messages AS s SET unlearnable = true
WHERE s.project = %(project)s AND s.no = ANY(%(numbers)s::bigint[])
    AND NOT EXISTS (
        SELECT 1 FROM edges AS e JOIN memories AS m ON m.project = e.project AND m.no = e.source
        WHERE e.project = s.project AND e.kind = 'source' AND e.target = s.no AND m.retired_at IS NULL
    )
