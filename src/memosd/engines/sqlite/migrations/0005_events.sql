-- What happened to memories, only ever added to. `before` and `after` are versions, kept in `memory_versions`.
-- A deletion takes a memory's events along and leaves one, the receipt.
CREATE TABLE events (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    project TEXT NOT NULL,
    subject TEXT NOT NULL,
    action TEXT NOT NULL,
    at INTEGER NOT NULL,
    cause_kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    before INTEGER,
    after INTEGER,
    because TEXT NOT NULL,
    other TEXT
) STRICT;

CREATE INDEX events_subject ON events (subject, at, no);

CREATE INDEX events_cause ON events (cause);

CREATE INDEX events_project ON events (project, no);

INSERT INTO events (project, subject, action, at, cause_kind, cause, before, after, because)
SELECT m.project, m.id, iif(v.version = 1, 'made', 'revised'), v.recorded_at, 'task', '',
    nullif(v.version - 1, 0), v.version, ''
FROM memory_versions AS v CROSS JOIN memories AS m ON m.no = v.memory
ORDER BY v.recorded_at, v.no;

INSERT INTO events (project, subject, action, at, cause_kind, cause, before, because, other)
SELECT project, id, iif(replaced_by IS NULL, 'retired', 'superseded'), retired_at, 'task', '', version,
    retired_because, replaced_by
FROM memories
WHERE retired_at IS NOT NULL
ORDER BY retired_at, no;
