-- What happened to memories, only ever added to. `before` and `after` are versions, kept in `memory_versions`.
-- A deletion takes a memory's events along and leaves one, the receipt.
CREATE TABLE events (
    project text COLLATE "C" NOT NULL,
    no bigint GENERATED ALWAYS AS IDENTITY,
    subject text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    cause_kind text COLLATE "C" NOT NULL,
    cause text COLLATE "C" NOT NULL,
    before integer,
    after integer,
    because text COLLATE "C" NOT NULL,
    other text COLLATE "C",
    PRIMARY KEY (project, no)
);

CREATE INDEX events_subject ON events (project, subject, at, no);

CREATE INDEX events_cause ON events (project, cause) WHERE cause <> '';

INSERT INTO events (project, subject, action, at, cause_kind, cause, before, after, because)
SELECT m.project, m.id, CASE WHEN v.version = 1 THEN 'made' ELSE 'revised' END, v.recorded_at, 'task', '',
    nullif(v.version - 1, 0), v.version, ''
FROM memory_versions AS v JOIN memories AS m ON m.project = v.project AND m.no = v.memory
ORDER BY v.recorded_at, m.no, v.version;

INSERT INTO events (project, subject, action, at, cause_kind, cause, before, because, other)
SELECT project, id, CASE WHEN replaced_by IS NULL THEN 'retired' ELSE 'superseded' END, retired_at, 'task', '',
    version, retired_because, replaced_by
FROM memories
WHERE retired_at IS NOT NULL
ORDER BY retired_at, no;
