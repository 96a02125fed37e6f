-- What language models were paid for, summed. `day` counts from 1970 (UTC); `task` is '' for work that is no task.
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

-- The embedder whose vectors searches use; a row at most.
CREATE TABLE embedder (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    model TEXT NOT NULL,
    origin TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;
