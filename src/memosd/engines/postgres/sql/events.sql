-- name: add
INSERT INTO events (project, subject, action, at, cause_kind, cause, before, after, because, other)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: of_subject
SELECT subject, action, at, cause_kind, cause, before, after, because, other
FROM events
WHERE project = %(project)s AND subject = %(subject)s
ORDER BY no

-- name: drop_of_subjects
DELETE FROM events WHERE project = %(project)s AND subject = ANY(%(subjects)s::text[])

-- name: of_project
SELECT no, project, subject, action, at, cause_kind, cause, before, after, because, other
FROM events
WHERE project = %(project)s AND no > %(after)s
ORDER BY no
LIMIT %(limit)s

-- name: known
SELECT project, subject, at, action, after FROM events
WHERE project = ANY(%(projects)s::text[]) AND subject = ANY(%(subjects)s::text[])

-- name: believed
SELECT m.id, m.project, o.kind, o.id, m.user_id, m.conversation, m.agent, m.app, m.info, e.after, m.created_at,
    v.recorded_at, NULL, NULL, NULL, v.content, m.no
FROM memories AS m
JOIN owners AS o ON o.project = m.project AND o.no = m.owner
CROSS JOIN LATERAL (
    SELECT x.after FROM events AS x
    WHERE x.project = m.project AND x.subject = m.id AND x.at <= %(at)s
    ORDER BY x.at DESC, x.no DESC
    LIMIT 1
) AS e
JOIN memory_versions AS v ON v.project = m.project AND v.memory = m.no AND v.version = e.after
WHERE m.project = %(project)s AND m.owner = %(owner)s AND m.created_at <= %(at)s AND m.no < %(before)s
ORDER BY m.no DESC
LIMIT %(limit)s

-- name: of_cause
SELECT m.kind, e.subject, e.action, e.at, e.cause_kind, e.cause, e.before, e.after, e.because, e.other
FROM events AS e JOIN memories AS m ON m.id = e.subject AND m.project = e.project
WHERE e.project = %(project)s AND e.cause = %(cause)s AND e.cause <> ''
ORDER BY e.no
