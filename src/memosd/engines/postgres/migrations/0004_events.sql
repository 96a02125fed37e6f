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
