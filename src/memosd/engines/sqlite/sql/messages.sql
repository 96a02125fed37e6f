-- name: add_batch
INSERT INTO batches (id, project, user, conversation, owner_kind, owner_id, agent, app, tags, info, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: add
INSERT INTO messages (id, role, text, said_at, tool_calls, tool_call_id, batch, project, user, conversation)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: batch
SELECT id, project, user, conversation, owner_kind, owner_id, agent, app, tags, info, received_at
FROM batches
WHERE id = ?

-- name: batch_number
SELECT no FROM batches WHERE id = ?

-- name: of_batch
SELECT m.id, m.role, m.text, m.said_at, m.tool_calls, m.tool_call_id
FROM batches AS b CROSS JOIN messages AS m ON m.batch = b.no
WHERE b.id = ? AND NOT m.unlearnable
ORDER BY m.no

-- name: before_batch
SELECT m.id, m.role, m.text, m.said_at, m.tool_calls, m.tool_call_id
FROM batches AS b CROSS JOIN messages AS m ON m.batch = b.no
WHERE b.project = ?1 AND b.user = ?2 AND b.conversation = ?3 AND b.conversation <> ''
    AND b.owner_kind = ?6 AND b.owner_id = ?7
    AND b.no < coalesce((SELECT no FROM batches WHERE id = ?4), 9223372036854775807)
    AND NOT m.unlearnable
ORDER BY b.no DESC, m.no DESC
LIMIT ?5

-- name: conversation
SELECT id, role, text, said_at, tool_calls, tool_call_id
FROM messages
WHERE project = ? AND user = ? AND conversation = ? AND role IN (SELECT value FROM json_each(?))
ORDER BY said_at DESC, no DESC
LIMIT ?

-- name: by_ids
SELECT m.id, m.role, m.text, m.said_at, m.tool_calls, m.tool_call_id
FROM json_each(?2) AS asked CROSS JOIN messages AS m ON m.id = asked.value AND m.project = ?1

-- name: numbers
SELECT m.no, m.unlearnable FROM json_each(?1) AS asked CROSS JOIN messages AS m ON m.id = asked.value AND m.project = ?2

-- name: forget_uncited
-- Of these messages, those that no live memory cites may not be learnt from again.
UPDATE messages SET unlearnable = 1
WHERE no IN (SELECT value FROM json_each(?1))
    AND NOT EXISTS (
        SELECT 1 FROM edges AS e CROSS JOIN memories AS m ON m.no = e.source
        WHERE e.kind = 'source' AND e.target = messages.no AND m.retired_at IS NULL
    )
