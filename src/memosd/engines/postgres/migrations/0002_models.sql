-- What language models were paid for, summed. `day` counts from 1970 (UTC); `task` is '' for work that is no task.
CREATE TABLE usage (
    project text COLLATE "C" NOT NULL,
    day integer NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    task text COLLATE "C" NOT NULL,
    calls bigint NOT NULL,
    input bigint NOT NULL,
    output bigint NOT NULL,
    PRIMARY KEY (project, day, purpose, model, task)
);

CREATE INDEX usage_task ON usage (project, task) WHERE task <> '';

-- The embedder whose vectors searches use; a row at most.
CREATE TABLE embedder (
    one boolean PRIMARY KEY CHECK (one),
    model text COLLATE "C" NOT NULL,
    origin text COLLATE "C" NOT NULL,
    since bigint NOT NULL
);

-- What lacks vectors is looked for across projects, in the order of memories.
CREATE INDEX memories_refined ON memories (no) WHERE retired_at IS NULL AND NOT draft;

-- In the row, uncompressed, as before; but those of more than 4,000 dimensions, which no row has room for, beside it.
ALTER TABLE embeddings ALTER COLUMN vector SET STORAGE MAIN;
