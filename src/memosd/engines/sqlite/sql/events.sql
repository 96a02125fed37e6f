-- name: add
INSERT INTO events (project, subject, action, at, cause_kind, cause, before, after, because, other)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: of_subject
SELECT subject, action, at, cause_kind, cause, before, after, because, other
FROM events
WHERE project = ? AND subject = ?
ORDER BY no

-- name: drop_of_subject
DELETE FROM events WHERE subject = ?

-- name: of_project
SELECT no, project, subject, action, at, cause_kind, cause, before, after, because, other
FROM events
WHERE project = ?1 AND no > ?2
ORDER BY no
LIMIT ?3

-- name: has
SELECT 1 FROM events WHERE subject = ? AND at = ? AND action = ? AND after IS ?

-- name: believed
SELECT m.id, m.project, o.kind, o.id, m.user, m.conversation, m.agent, m.app, m.info, e.after, m.created_at,
    v.recorded_at, NULL, NULL, NULL, CAST(v.content AS BLOB), m.no
FROM memories AS m
CROSS JOIN owners AS o ON o.no = m.owner
CROSS JOIN events AS e ON e.no = (
    SELECT x.no FROM events AS x WHERE x.subject = m.id AND x.at <= ?2 ORDER BY x.at DESC, x.no DESC LIMIT 1
)
CROSS JOIN memory_versions AS v ON v.memory = m.no AND v.version = e.after
WHERE m.owner = ?1 AND m.created_at <= ?2 AND m.no < ?3
ORDER BY m.no DESC
LIMIT ?4

-- name: of_cause
SELECT m.kind, e.subject, e.action, e.at, e.cause_kind, e.cause, e.before, e.after, e.because, e.other
FROM events AS e CROSS JOIN memories AS m ON m.id = e.subject
WHERE e.project = ? AND e.cause = ?
ORDER BY e.no
