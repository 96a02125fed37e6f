-- The changes of memories, numbered, for indexes that live elsewhere. Of each memory only the last one is kept.
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

-- Vectors of another model can come long after their memory.
CREATE TRIGGER memories_embedded AFTER INSERT ON embeddings
WHEN NEW.key = 0
BEGIN
    INSERT OR REPLACE INTO changes (owner, memory) SELECT m.owner, m.no FROM memories AS m WHERE m.no = NEW.memory;
END;

INSERT INTO changes (owner, memory) SELECT owner, no FROM memories ORDER BY no;
