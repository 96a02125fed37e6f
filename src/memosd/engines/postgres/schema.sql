-- What all migrations together make, as pg_dump tells it. A test holds it against the migrations.

CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

COMMENT ON EXTENSION vector IS 'vector data type and ivfflat and hnsw access methods';

CREATE FUNCTION public.list_loose_contents() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO loose_contents (project, digest)
    SELECT DISTINCT project, digest FROM erased WHERE digest <> ''
    ORDER BY project, digest
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TABLE public.api_keys (
    id text NOT NULL COLLATE pg_catalog."C",
    project text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    hint text NOT NULL COLLATE pg_catalog."C",
    digest bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint
);

CREATE TABLE public.batches (
    project text NOT NULL COLLATE pg_catalog."C",
    no bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    user_id text NOT NULL COLLATE pg_catalog."C",
    conversation text NOT NULL COLLATE pg_catalog."C",
    owner_kind text NOT NULL COLLATE pg_catalog."C",
    owner_id text NOT NULL COLLATE pg_catalog."C",
    agent text COLLATE pg_catalog."C",
    app text COLLATE pg_catalog."C",
    tags text NOT NULL COLLATE pg_catalog."C",
    info text NOT NULL COLLATE pg_catalog."C",
    received_at bigint NOT NULL
);

ALTER TABLE public.batches ALTER COLUMN no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.batches_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.contents (
    project text NOT NULL COLLATE pg_catalog."C",
    digest text NOT NULL COLLATE pg_catalog."C",
    piece integer NOT NULL,
    bytes bytea NOT NULL
);
ALTER TABLE ONLY public.contents ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE public.edges (
    project text NOT NULL COLLATE pg_catalog."C",
    source bigint NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    target bigint NOT NULL,
    CONSTRAINT edges_kind_check CHECK ((kind = ANY (ARRAY['mentions'::text, 'source'::text, 'next'::text, 'supersedes'::text, 'merged'::text])))
);

CREATE TABLE public.embedder (
    one boolean NOT NULL,
    model text NOT NULL COLLATE pg_catalog."C",
    origin text NOT NULL COLLATE pg_catalog."C",
    since bigint NOT NULL,
    CONSTRAINT embedder_one_check CHECK (one)
);

CREATE TABLE public.embeddings (
    project text NOT NULL COLLATE pg_catalog."C",
    owner bigint NOT NULL,
    model text NOT NULL COLLATE pg_catalog."C",
    memory bigint NOT NULL,
    key integer NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    vector public.halfvec NOT NULL
);
ALTER TABLE ONLY public.embeddings ALTER COLUMN vector SET STORAGE MAIN;

CREATE TABLE public.entities (
    project text NOT NULL COLLATE pg_catalog."C",
    owner bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    label text NOT NULL COLLATE pg_catalog."C",
    no bigint NOT NULL
);

ALTER TABLE public.entities ALTER COLUMN no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.entities_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.events (
    project text NOT NULL COLLATE pg_catalog."C",
    no bigint NOT NULL,
    subject text NOT NULL COLLATE pg_catalog."C",
    action text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    cause_kind text NOT NULL COLLATE pg_catalog."C",
    cause text NOT NULL COLLATE pg_catalog."C",
    before integer,
    after integer,
    because text NOT NULL COLLATE pg_catalog."C",
    other text COLLATE pg_catalog."C"
);

ALTER TABLE public.events ALTER COLUMN no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.events_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.files (
    project text NOT NULL COLLATE pg_catalog."C",
    no bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    base text COLLATE pg_catalog."C",
    batch bigint NOT NULL,
    message text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    size bigint NOT NULL,
    digest text NOT NULL COLLATE pg_catalog."C",
    url text NOT NULL COLLATE pg_catalog."C",
    problem text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    CONSTRAINT files_kind_check CHECK ((kind = ANY (ARRAY['document'::text, 'skill'::text, 'image'::text])))
);

ALTER TABLE public.files ALTER COLUMN no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.files_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.knowledge_bases (
    project text NOT NULL COLLATE pg_catalog."C",
    no bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    description text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);

ALTER TABLE public.knowledge_bases ALTER COLUMN no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.knowledge_bases_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.loose_contents (
    project text NOT NULL COLLATE pg_catalog."C",
    digest text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.memories (
    project text NOT NULL COLLATE pg_catalog."C",
    no bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    owner bigint NOT NULL,
    user_id text NOT NULL COLLATE pg_catalog."C",
    conversation text NOT NULL COLLATE pg_catalog."C",
    agent text COLLATE pg_catalog."C",
    app text COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    said_at bigint NOT NULL,
    holds_from bigint,
    holds_until bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    retired_at bigint,
    retired_because text COLLATE pg_catalog."C",
    replaced_by text COLLATE pg_catalog."C",
    draft boolean NOT NULL,
    info text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.memory_info (
    project text NOT NULL COLLATE pg_catalog."C",
    owner bigint NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    text text NOT NULL COLLATE pg_catalog."C",
    number double precision,
    listed boolean NOT NULL,
    memory bigint NOT NULL
);

CREATE SEQUENCE public.memory_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.memory_tags (
    project text NOT NULL COLLATE pg_catalog."C",
    owner bigint NOT NULL,
    tag text NOT NULL COLLATE pg_catalog."C",
    memory bigint NOT NULL
);

CREATE TABLE public.memory_versions (
    project text NOT NULL COLLATE pg_catalog."C",
    memory bigint NOT NULL,
    version integer NOT NULL,
    recorded_at bigint NOT NULL,
    content text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.memory_words (
    project text NOT NULL COLLATE pg_catalog."C",
    memory bigint NOT NULL,
    tokens text[] NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.messages (
    project text NOT NULL COLLATE pg_catalog."C",
    no bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    batch bigint NOT NULL,
    user_id text NOT NULL COLLATE pg_catalog."C",
    conversation text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL COLLATE pg_catalog."C",
    text text NOT NULL COLLATE pg_catalog."C",
    said_at bigint NOT NULL,
    tool_calls text NOT NULL COLLATE pg_catalog."C",
    tool_call_id text COLLATE pg_catalog."C",
    unlearnable boolean DEFAULT false NOT NULL
);

ALTER TABLE public.messages ALTER COLUMN no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.messages_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.near_indexes (
    project text NOT NULL COLLATE pg_catalog."C",
    owner bigint NOT NULL,
    model text NOT NULL COLLATE pg_catalog."C",
    dimensions integer NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.owners (
    project text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    no bigint NOT NULL,
    stamp bigint DEFAULT 1 NOT NULL
);

ALTER TABLE public.owners ALTER COLUMN no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.owners_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.projects (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);

CREATE TABLE public.schema_versions (
    number integer NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.secrets (
    name text NOT NULL COLLATE pg_catalog."C",
    value bytea NOT NULL
);

CREATE TABLE public.tasks (
    project text NOT NULL COLLATE pg_catalog."C",
    no bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    batch bigint,
    job text NOT NULL COLLATE pg_catalog."C",
    lock text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    first boolean NOT NULL,
    ready_at bigint NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    lease text COLLATE pg_catalog."C",
    reason text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT tasks_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text])))
);

ALTER TABLE public.tasks ALTER COLUMN no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.tasks_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.usage (
    project text NOT NULL COLLATE pg_catalog."C",
    day integer NOT NULL,
    purpose text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    task text NOT NULL COLLATE pg_catalog."C",
    calls bigint NOT NULL,
    input bigint NOT NULL,
    output bigint NOT NULL
);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.batches
    ADD CONSTRAINT batches_id_project_key UNIQUE (id, project);

ALTER TABLE ONLY public.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (project, no);

ALTER TABLE ONLY public.contents
    ADD CONSTRAINT contents_pkey PRIMARY KEY (project, digest, piece);

ALTER TABLE ONLY public.edges
    ADD CONSTRAINT edges_pkey PRIMARY KEY (project, source, kind, target);

ALTER TABLE ONLY public.embedder
    ADD CONSTRAINT embedder_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.embeddings
    ADD CONSTRAINT embeddings_pkey PRIMARY KEY (project, memory, model, key);

ALTER TABLE ONLY public.entities
    ADD CONSTRAINT entities_pkey PRIMARY KEY (project, owner, name);

ALTER TABLE ONLY public.entities
    ADD CONSTRAINT entities_project_no_key UNIQUE (project, no);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (project, no);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_id_project_key UNIQUE (id, project);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (project, no);

ALTER TABLE ONLY public.knowledge_bases
    ADD CONSTRAINT knowledge_bases_id_project_key UNIQUE (id, project);

ALTER TABLE ONLY public.knowledge_bases
    ADD CONSTRAINT knowledge_bases_pkey PRIMARY KEY (project, no);

ALTER TABLE ONLY public.loose_contents
    ADD CONSTRAINT loose_contents_pkey PRIMARY KEY (project, digest);

ALTER TABLE ONLY public.memories
    ADD CONSTRAINT memories_id_project_key UNIQUE (id, project);

ALTER TABLE ONLY public.memories
    ADD CONSTRAINT memories_pkey PRIMARY KEY (project, no);

ALTER TABLE ONLY public.memory_tags
    ADD CONSTRAINT memory_tags_pkey PRIMARY KEY (project, owner, tag, memory);

ALTER TABLE ONLY public.memory_versions
    ADD CONSTRAINT memory_versions_pkey PRIMARY KEY (project, memory, version);

ALTER TABLE ONLY public.memory_words
    ADD CONSTRAINT memory_words_pkey PRIMARY KEY (project, memory);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (project, no);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_project_id_key UNIQUE (project, id);

ALTER TABLE ONLY public.near_indexes
    ADD CONSTRAINT near_indexes_pkey PRIMARY KEY (project, owner, model);

ALTER TABLE ONLY public.owners
    ADD CONSTRAINT owners_pkey PRIMARY KEY (project, kind, id);

ALTER TABLE ONLY public.owners
    ADD CONSTRAINT owners_project_no_key UNIQUE (project, no);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_name_key UNIQUE (name);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.schema_versions
    ADD CONSTRAINT schema_versions_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_id_project_key UNIQUE (id, project);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (project, no);

ALTER TABLE ONLY public.usage
    ADD CONSTRAINT usage_pkey PRIMARY KEY (project, day, purpose, model, task);

CREATE INDEX batches_conversation ON public.batches USING btree (project, user_id, conversation, no);

CREATE INDEX edges_target ON public.edges USING btree (project, kind, target, source);

CREATE INDEX embeddings_owner ON public.embeddings USING btree (project, owner, model);

CREATE INDEX events_cause ON public.events USING btree (project, cause) WHERE (cause <> ''::text);

CREATE INDEX events_subject ON public.events USING btree (project, subject, at, no);

CREATE INDEX files_base ON public.files USING btree (project, base, kind, no) WHERE (base IS NOT NULL);

CREATE INDEX files_batch ON public.files USING btree (project, batch);

CREATE INDEX files_content ON public.files USING btree (project, digest) WHERE (digest <> ''::text);

CREATE INDEX memories_holding ON public.memories USING btree (project, owner, holds_from) WHERE ((retired_at IS NULL) AND ((holds_from IS NOT NULL) OR (holds_until IS NOT NULL)));

CREATE INDEX memories_of_owner ON public.memories USING btree (project, owner, kind);

CREATE INDEX memories_owner ON public.memories USING btree (project, owner, draft, kind, said_at) WHERE (retired_at IS NULL);

CREATE INDEX memories_refined ON public.memories USING btree (no) WHERE ((retired_at IS NULL) AND (NOT draft));

CREATE INDEX memories_user ON public.memories USING btree (project, user_id, created_at, no);

CREATE INDEX memory_info_memory ON public.memory_info USING btree (project, memory);

CREATE INDEX memory_info_text ON public.memory_info USING btree (project, owner, key, "left"(text, 64));

CREATE INDEX memory_tags_memory ON public.memory_tags USING btree (project, memory);

CREATE INDEX memory_words_tokens ON public.memory_words USING gin (tokens) WITH (fastupdate=off);

CREATE INDEX messages_batch ON public.messages USING btree (project, batch);

CREATE INDEX messages_conversation ON public.messages USING btree (project, user_id, conversation, said_at, no);

CREATE INDEX tasks_batch ON public.tasks USING btree (project, batch);

CREATE INDEX tasks_failed ON public.tasks USING btree (updated_at) WHERE (state = 'failed'::text);

CREATE INDEX tasks_first ON public.tasks USING btree (no) WHERE first;

CREATE INDEX tasks_lock ON public.tasks USING btree (lock, no) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]));

CREATE INDEX usage_task ON public.usage USING btree (project, task) WHERE (task <> ''::text);

CREATE TRIGGER files_erased AFTER DELETE ON public.files REFERENCING OLD TABLE AS erased FOR EACH STATEMENT EXECUTE FUNCTION public.list_loose_contents();

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_project_fkey FOREIGN KEY (project) REFERENCES public.projects(id);

ALTER TABLE ONLY public.edges
    ADD CONSTRAINT edges_project_source_fkey FOREIGN KEY (project, source) REFERENCES public.memories(project, no) ON DELETE CASCADE;

ALTER TABLE ONLY public.embeddings
    ADD CONSTRAINT embeddings_project_memory_fkey FOREIGN KEY (project, memory) REFERENCES public.memories(project, no) ON DELETE CASCADE;

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_project_batch_fkey FOREIGN KEY (project, batch) REFERENCES public.batches(project, no) ON DELETE CASCADE;

ALTER TABLE ONLY public.memories
    ADD CONSTRAINT memories_project_owner_fkey FOREIGN KEY (project, owner) REFERENCES public.owners(project, no);

ALTER TABLE ONLY public.memory_info
    ADD CONSTRAINT memory_info_project_memory_fkey FOREIGN KEY (project, memory) REFERENCES public.memories(project, no) ON DELETE CASCADE;

ALTER TABLE ONLY public.memory_tags
    ADD CONSTRAINT memory_tags_project_memory_fkey FOREIGN KEY (project, memory) REFERENCES public.memories(project, no) ON DELETE CASCADE;

ALTER TABLE ONLY public.memory_versions
    ADD CONSTRAINT memory_versions_project_memory_fkey FOREIGN KEY (project, memory) REFERENCES public.memories(project, no) ON DELETE CASCADE;

ALTER TABLE ONLY public.memory_words
    ADD CONSTRAINT memory_words_project_memory_fkey FOREIGN KEY (project, memory) REFERENCES public.memories(project, no) ON DELETE CASCADE;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_project_batch_fkey FOREIGN KEY (project, batch) REFERENCES public.batches(project, no) ON DELETE CASCADE;

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_project_batch_fkey FOREIGN KEY (project, batch) REFERENCES public.batches(project, no) ON DELETE CASCADE;
