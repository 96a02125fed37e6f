-- Text is compared byte by byte (COLLATE "C"), as Python compares it. Times are whole microseconds since 1970, UTC.
-- `project` comes first in keys, so that tables can be spread by it. Unique by (id, project): also asked for by id alone.

CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE projects (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    created_at bigint NOT NULL
);

CREATE TABLE api_keys (
    id text COLLATE "C" PRIMARY KEY,
    project text COLLATE "C" NOT NULL REFERENCES projects,
    name text COLLATE "C" NOT NULL,
    hint text COLLATE "C" NOT NULL,
    digest bytea NOT NULL UNIQUE,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint
);

CREATE TABLE batches (
    project text COLLATE "C" NOT NULL,
    no bigint GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    conversation text COLLATE "C" NOT NULL,
    owner_kind text COLLATE "C" NOT NULL,
    owner_id text COLLATE "C" NOT NULL,
    agent text COLLATE "C",
    app text COLLATE "C",
    tags text COLLATE "C" NOT NULL,
    info text COLLATE "C" NOT NULL,
    received_at bigint NOT NULL,
    PRIMARY KEY (project, no),
    UNIQUE (id, project)
);

CREATE INDEX batches_conversation ON batches (project, user_id, conversation, no);

CREATE TABLE messages (
    project text COLLATE "C" NOT NULL,
    no bigint GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL,
    batch bigint NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    conversation text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL,
    text text COLLATE "C" NOT NULL,
    said_at bigint NOT NULL,
    tool_calls text COLLATE "C" NOT NULL,
    tool_call_id text COLLATE "C",
    unlearnable boolean NOT NULL DEFAULT false,
    PRIMARY KEY (project, no),
    UNIQUE (project, id),
    FOREIGN KEY (project, batch) REFERENCES batches ON DELETE CASCADE
);

CREATE INDEX messages_batch ON messages (project, batch);

CREATE INDEX messages_conversation ON messages (project, user_id, conversation, said_at, no);

-- stamp: counts the transactions that changed what can be found of the owner.
CREATE TABLE owners (
    project text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    no bigint GENERATED ALWAYS AS IDENTITY,
    stamp bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project, kind, id),
    UNIQUE (project, no)
);

CREATE SEQUENCE memory_numbers;

CREATE TABLE memories (
    project text COLLATE "C" NOT NULL,
    no bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    owner bigint NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    conversation text COLLATE "C" NOT NULL,
    agent text COLLATE "C",
    app text COLLATE "C",
    kind text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    said_at bigint NOT NULL,
    holds_from bigint,
    holds_until bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    retired_at bigint,
    retired_because text COLLATE "C",
    replaced_by text COLLATE "C",
    draft boolean NOT NULL,
    info text COLLATE "C" NOT NULL,
    PRIMARY KEY (project, no),
    UNIQUE (id, project),
    FOREIGN KEY (project, owner) REFERENCES owners (project, no)
);

CREATE INDEX memories_owner ON memories (project, owner, draft, kind, said_at) WHERE retired_at IS NULL;

CREATE INDEX memories_holding ON memories (project, owner, holds_from)
    WHERE retired_at IS NULL AND (holds_from IS NOT NULL OR holds_until IS NOT NULL);

CREATE INDEX memories_user ON memories (project, user_id, created_at, no);

CREATE INDEX memories_of_owner ON memories (project, owner);

CREATE TABLE memory_versions (
    project text COLLATE "C" NOT NULL,
    memory bigint NOT NULL,
    version integer NOT NULL,
    recorded_at bigint NOT NULL,
    content text COLLATE "C" NOT NULL,
    PRIMARY KEY (project, memory, version),
    FOREIGN KEY (project, memory) REFERENCES memories ON DELETE CASCADE
);

CREATE TABLE memory_info (
    project text COLLATE "C" NOT NULL,
    owner bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    text text COLLATE "C" NOT NULL,
    number double precision,
    listed boolean NOT NULL,
    memory bigint NOT NULL,
    FOREIGN KEY (project, memory) REFERENCES memories ON DELETE CASCADE
);

-- By its beginning: a value may be longer than an entry of an index.
CREATE INDEX memory_info_text ON memory_info (project, owner, key, left(text, 64));

CREATE INDEX memory_info_memory ON memory_info (project, memory);

CREATE TABLE memory_tags (
    project text COLLATE "C" NOT NULL,
    owner bigint NOT NULL,
    tag text COLLATE "C" NOT NULL,
    memory bigint NOT NULL,
    PRIMARY KEY (project, owner, tag, memory),
    FOREIGN KEY (project, memory) REFERENCES memories ON DELETE CASCADE
);

CREATE INDEX memory_tags_memory ON memory_tags (project, memory);

-- Terms of live refined memories, each with the number of its owner and the letter of its kind in front.
CREATE TABLE memory_words (
    project text COLLATE "C" NOT NULL,
    memory bigint NOT NULL,
    tokens text[] COLLATE "C" NOT NULL,
    PRIMARY KEY (project, memory),
    FOREIGN KEY (project, memory) REFERENCES memories ON DELETE CASCADE
);

CREATE INDEX memory_words_tokens ON memory_words USING gin (tokens) WITH (fastupdate = off);

CREATE TABLE embeddings (
    project text COLLATE "C" NOT NULL,
    owner bigint NOT NULL,
    model text COLLATE "C" NOT NULL,
    memory bigint NOT NULL,
    key integer NOT NULL,
    kind text COLLATE "C" NOT NULL,
    vector halfvec NOT NULL,
    PRIMARY KEY (project, memory, model, key),
    FOREIGN KEY (project, memory) REFERENCES memories ON DELETE CASCADE
);

ALTER TABLE embeddings ALTER COLUMN vector SET STORAGE PLAIN;

CREATE INDEX embeddings_owner ON embeddings (project, owner, model);

CREATE TABLE entities (
    project text COLLATE "C" NOT NULL,
    owner bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    label text COLLATE "C" NOT NULL,
    no bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (project, owner, name),
    UNIQUE (project, no)
);

CREATE TABLE edges (
    project text COLLATE "C" NOT NULL,
    source bigint NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('mentions', 'source', 'next', 'supersedes', 'merged')),
    target bigint NOT NULL,
    PRIMARY KEY (project, source, kind, target),
    FOREIGN KEY (project, source) REFERENCES memories ON DELETE CASCADE
);

CREATE INDEX edges_target ON edges (project, kind, target, source);

-- first: the oldest unfinished task of its lock; only such a one is claimed. Claiming goes across projects.
CREATE TABLE tasks (
    project text COLLATE "C" NOT NULL,
    no bigint GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL,
    batch bigint,
    job text COLLATE "C" NOT NULL,
    lock text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    first boolean NOT NULL,
    ready_at bigint NOT NULL,
    attempt integer NOT NULL DEFAULT 0,
    lease text COLLATE "C",
    reason text COLLATE "C" NOT NULL DEFAULT '',
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (project, no),
    UNIQUE (id, project),
    FOREIGN KEY (project, batch) REFERENCES batches ON DELETE CASCADE
);

CREATE INDEX tasks_batch ON tasks (project, batch);

CREATE INDEX tasks_first ON tasks (no) WHERE first;

CREATE INDEX tasks_lock ON tasks (lock, no) WHERE state IN ('waiting', 'running');

CREATE INDEX tasks_failed ON tasks (updated_at) WHERE state = 'failed';

-- The owners whose vectors have an index of their own, `name`; see `engines.postgres.vectors`.
CREATE TABLE near_indexes (
    project text COLLATE "C" NOT NULL,
    owner bigint NOT NULL,
    model text COLLATE "C" NOT NULL,
    dimensions integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (project, owner, model)
);
