-- Knowledge bases, and files: attached to messages, or uploaded to a base with a message of their own.
CREATE TABLE knowledge_bases (
    project text COLLATE "C" NOT NULL,
    no bigint GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (project, no),
    UNIQUE (id, project)
);

CREATE TABLE files (
    project text COLLATE "C" NOT NULL,
    no bigint GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL,
    base text COLLATE "C",
    batch bigint NOT NULL,
    message text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('document', 'skill', 'image')),
    name text COLLATE "C" NOT NULL,
    size bigint NOT NULL,
    digest text COLLATE "C" NOT NULL,
    url text COLLATE "C" NOT NULL,
    problem text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (project, no),
    UNIQUE (id, project),
    FOREIGN KEY (project, batch) REFERENCES batches ON DELETE CASCADE
);

CREATE INDEX files_base ON files (project, base, kind, no) WHERE base IS NOT NULL;

CREATE INDEX files_batch ON files (project, batch);

CREATE INDEX files_content ON files (project, digest) WHERE digest <> '';

-- The contents of files, each once a project, in pieces. Not compressed: most files are.
CREATE TABLE contents (
    project text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    piece integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (project, digest, piece)
);

ALTER TABLE contents ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Contents that lost a file, until they are removed. Another file may still have one, or have it again: whoever
-- removes looks. (That cannot be decided here: of two transactions that delete the last two, neither sees the other.)
CREATE TABLE loose_contents (
    project text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    PRIMARY KEY (project, digest)
);

CREATE FUNCTION list_loose_contents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO loose_contents (project, digest)
    SELECT DISTINCT project, digest FROM erased WHERE digest <> ''
    ORDER BY project, digest
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER files_erased AFTER DELETE ON files
REFERENCING OLD TABLE AS erased FOR EACH STATEMENT EXECUTE FUNCTION list_loose_contents();

-- What all processes sign with.
CREATE TABLE secrets (
    name text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);
