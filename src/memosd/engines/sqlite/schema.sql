-- What all migrations together make. Written by `schema.describe`; a test holds it against the migrations.

CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects,
    name TEXT NOT NULL,
    hint TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    user TEXT NOT NULL,
    conversation TEXT NOT NULL,
    owner_kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    agent TEXT,
    app TEXT,
    tags TEXT NOT NULL,
    info TEXT NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;

CREATE INDEX batches_conversation ON batches (project, user, conversation);

CREATE TABLE messages (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    project TEXT NOT NULL,
    user TEXT NOT NULL,
    conversation TEXT NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    said_at INTEGER NOT NULL,
    tool_calls TEXT NOT NULL,
    tool_call_id TEXT,
    unlearnable INTEGER NOT NULL DEFAULT 0 CHECK (unlearnable IN (0, 1))
) STRICT;

CREATE INDEX messages_batch ON messages (batch);

CREATE INDEX messages_conversation ON messages (project, user, conversation, said_at);

CREATE TABLE owners (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    project TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    UNIQUE (project, kind, id)
) STRICT;

CREATE TABLE memories (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    owner INTEGER NOT NULL REFERENCES owners,
    user TEXT NOT NULL,
    conversation TEXT NOT NULL,
    agent TEXT,
    app TEXT,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    said_at INTEGER NOT NULL,
    holds_from INTEGER,
    holds_until INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    retired_at INTEGER,
    retired_because TEXT,
    replaced_by TEXT,
    draft INTEGER NOT NULL CHECK (draft IN (0, 1)),
    info TEXT NOT NULL
) STRICT;

CREATE INDEX memories_owner ON memories (owner, retired_at, draft, kind, said_at);

CREATE INDEX memories_holding ON memories (owner, holds_from)
    WHERE retired_at IS NULL AND (holds_from IS NOT NULL OR holds_until IS NOT NULL);

CREATE INDEX memories_user ON memories (project, user, created_at);

CREATE TABLE memory_versions (
    no INTEGER PRIMARY KEY,
    memory INTEGER NOT NULL REFERENCES memories ON DELETE CASCADE,
    version INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (memory, version)
) STRICT;

CREATE TABLE memory_info (
    owner INTEGER NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    memory INTEGER NOT NULL REFERENCES memories ON DELETE CASCADE,
    listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
    number REAL,
    PRIMARY KEY (owner, key, text, memory, listed)
) STRICT, WITHOUT ROWID;

CREATE INDEX memory_info_memory ON memory_info (memory);

CREATE TABLE memory_tags (
    owner INTEGER NOT NULL,
    tag TEXT NOT NULL,
    memory INTEGER NOT NULL REFERENCES memories ON DELETE CASCADE,
    PRIMARY KEY (owner, tag, memory)
) STRICT, WITHOUT ROWID;

CREATE INDEX memory_tags_memory ON memory_tags (memory);

CREATE TABLE embeddings (
    memory INTEGER NOT NULL REFERENCES memories ON DELETE CASCADE,
    model TEXT NOT NULL,
    key INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    vector BLOB NOT NULL CHECK (length(vector) = 2 * dimension),
    PRIMARY KEY (memory, model, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE entities (
    no INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL REFERENCES owners,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    UNIQUE (owner, name)
) STRICT;

CREATE TABLE edges (
    source INTEGER NOT NULL REFERENCES memories ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('mentions', 'source', 'next', 'supersedes', 'merged')),
    target INTEGER NOT NULL,
    PRIMARY KEY (source, kind, target)
) STRICT, WITHOUT ROWID;

CREATE INDEX edges_target ON edges (kind, target);

CREATE VIEW nodes (label, no, name) AS
    SELECT 'entity', no, name FROM entities
    UNION ALL SELECT 'memory', no, id FROM memories
    UNION ALL SELECT 'message', no, id FROM messages;

CREATE VIRTUAL TABLE text_index USING fts5 (
    terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);

CREATE TABLE tasks (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    batch INTEGER REFERENCES batches ON DELETE CASCADE,
    job TEXT NOT NULL,
    lock TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    first INTEGER NOT NULL DEFAULT 0 CHECK (first IN (0, 1)),
    ready_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    lease TEXT,
    reason TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX tasks_batch ON tasks (batch);

CREATE INDEX tasks_first ON tasks (no) WHERE first = 1;

CREATE INDEX tasks_lock ON tasks (lock, no) WHERE state IN ('waiting', 'running');

CREATE INDEX tasks_failed ON tasks (updated_at) WHERE state = 'failed';

CREATE TRIGGER tasks_added AFTER INSERT ON tasks
BEGIN
    UPDATE tasks SET first = 1
    WHERE no = NEW.no
      AND NOT EXISTS (
        SELECT 1 FROM tasks t WHERE t.lock = NEW.lock AND t.no < NEW.no AND t.state IN ('waiting', 'running')
      );
END;

CREATE TRIGGER tasks_ended AFTER UPDATE OF state ON tasks
WHEN NEW.state IN ('done', 'failed') AND OLD.first = 1
BEGIN
    UPDATE tasks SET first = 0 WHERE no = NEW.no;
    UPDATE tasks SET first = 1
    WHERE no = (SELECT min(t.no) FROM tasks t WHERE t.lock = NEW.lock AND t.state IN ('waiting', 'running'));
END;

CREATE TRIGGER tasks_erased AFTER DELETE ON tasks
WHEN OLD.first = 1
BEGIN
    UPDATE tasks SET first = 1
    WHERE no = (SELECT min(t.no) FROM tasks t WHERE t.lock = OLD.lock AND t.state IN ('waiting', 'running'));
END;

CREATE TABLE changes (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    owner INTEGER NOT NULL,
    memory INTEGER NOT NULL UNIQUE
) STRICT;

CREATE INDEX changes_owner ON changes (owner, no);

CREATE TRIGGER memories_added AFTER INSERT ON memories
BEGIN
    INSERT OR REPLACE INTO changes (owner, memory) VALUES (NEW.owner, NEW.no);
END;

CREATE TRIGGER memories_changed AFTER UPDATE OF version, retired_at ON memories
BEGIN
    INSERT OR REPLACE INTO changes (owner, memory) VALUES (NEW.owner, NEW.no);
END;

CREATE TRIGGER memories_deleted AFTER DELETE ON memories
BEGIN
    INSERT OR REPLACE INTO changes (owner, memory) VALUES (OLD.owner, OLD.no);
END;

CREATE TRIGGER memories_embedded AFTER INSERT ON embeddings
WHEN NEW.key = 0
BEGIN
    INSERT OR REPLACE INTO changes (owner, memory) SELECT m.owner, m.no FROM memories AS m WHERE m.no = NEW.memory;
END;

CREATE TABLE usage (
    project TEXT NOT NULL,
    day INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    model TEXT NOT NULL,
    task TEXT NOT NULL,
    calls INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    PRIMARY KEY (project, day, purpose, model, task)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_task ON usage (task) WHERE task <> '';

CREATE TABLE embedder (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    model TEXT NOT NULL,
    origin TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;
