-- How many memories of a kind an owner has, and which, without reading those of other kinds.
DROP INDEX memories_of_owner;
CREATE INDEX memories_of_owner ON memories (project, owner, kind);
