-- Knowledge bases, and files: attached to messages, or uploaded to a base with a message of their own.
CREATE TABLE knowledge_bases (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX knowledge_bases_project ON knowledge_bases (project);

CREATE TABLE files (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    base TEXT,
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    message TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('document', 'skill', 'image')),
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    digest TEXT NOT NULL,
    url TEXT NOT NULL,
    problem TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX files_base ON files (base, kind) WHERE base IS NOT NULL;

CREATE INDEX files_batch ON files (batch);

CREATE INDEX files_content ON files (project, digest);

-- Contents that no file has any more, until they are removed from the disk.
CREATE TABLE loose_blobs (
    project TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (project, digest)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER files_erased AFTER DELETE ON files
WHEN OLD.digest <> ''
BEGIN
    INSERT OR IGNORE INTO loose_blobs (project, digest)
    SELECT OLD.project, OLD.digest
    WHERE NOT EXISTS (SELECT 1 FROM files WHERE project = OLD.project AND digest = OLD.digest);
END;
