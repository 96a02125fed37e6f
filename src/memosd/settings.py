"""The settings, read from the environment once. Nothing else in memosd reads it."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from memosd.wire.limits import Limits


class Settings(BaseSettings):
    """Each field is the environment variable `MEMOSD_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="MEMOSD_", env_ignore_empty=True, frozen=True, extra="ignore")

    data_dir: Path = Field(default=Path("memosd-data"), description="Where everything is kept. One server a directory.")
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL database that many servers and workers share, instead of the data directory: "
        "postgresql://…",
    )
    database_connections: int = Field(
        default=10, ge=2, le=1_000, description="Connections of one process to the PostgreSQL database, and one more."
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on; 0.0.0.0 for all of the machine's.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on; 0 for any free one.")
    api_key: SecretStr | None = Field(
        default=None, min_length=16, description="A key of the default project to set up at start, for automation."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged."
    )

    cache_dir: Path | None = Field(
        default=None,
        description="Where the embedder's graph, built at the first start, is kept; default: in the data directory.",
    )
    embedder_threads: int = Field(default=1, ge=1, le=64, description="Threads that the embedder may use for one text.")
    vector_cache_mb: int = Field(
        default=512, ge=16, le=1_000_000, description="Memory for vectors that are searched, in MiB."
    )
    vectors: str = Field(
        default="qdrant-edge",
        pattern="^(exact|qdrant-edge|https?://.+)$",
        description="What searches vectors: `exact`; `qdrant-edge`: large scopes by an index of their own; "
        "or the URL of a Qdrant server.",
    )
    vectors_key: SecretStr | None = Field(default=None, description="The API key of the Qdrant server.")
    large_scope: int = Field(
        default=20_000,
        ge=1_000,
        le=100_000_000,
        description="Memories from which on a user's vectors get an index of their own.",
    )
    graph: str = Field(
        default="records",
        pattern=r"^(records|kglite|(bolt|neo4j)(\+s|\+ssc)?://.+)$",
        description="What searches the graph: `records`; `kglite`: in this process's memory; or a graph database: "
        "`bolt://user:password@host:port/database`.",
    )
    workers: int = Field(
        default=4, ge=1, le=256, description="Tasks that may run at once; one owner's run one at a time."
    )
    task_lease_seconds: float = Field(
        default=60, ge=5, le=3600, description="How long a task is a worker's without renewal."
    )
    task_attempts: int = Field(default=5, ge=1, le=100, description="Runs of a task before it is given up.")

    drain_seconds: float = Field(
        default=0,
        ge=0,
        le=3600,
        description="How long a server that was told to stop goes on while /ready says that it is stopping.",
    )
    max_connections: int = Field(default=4_000, ge=1, le=100_000, description="Connections that may be open at once.")
    max_at_once: int = Field(
        default=1_000, ge=1, le=100_000, description="API requests served at the same time; more get 503 at once."
    )
    max_body_bytes: int = Field(
        default=2_000_000, ge=1_000, le=1_000_000_000, description="Bytes of one request's body."
    )
    max_add_tokens: int = Field(
        default=20_000, ge=1, le=1_000_000, description="Tokens of all messages of one add/message."
    )
    max_query_tokens: int = Field(default=20_000, ge=1, le=1_000_000, description="Tokens of a search's query.")
    max_messages: int = Field(default=50, ge=6, le=1_000, description="Messages of one get/message.")
    max_page_size: int = Field(default=50, ge=10, le=1_000, description="Memories of a kind on one page of get/memory.")
    max_facts: int = Field(default=25, ge=9, le=1_000, description="Facts of one search.")
    max_preferences: int = Field(default=25, ge=9, le=1_000, description="Preferences of one search.")
    max_tools: int = Field(default=25, ge=6, le=1_000, description="Tool memories of one search.")
    max_skills: int = Field(default=25, ge=6, le=1_000, description="Skills of one search.")
    sync_seconds: float = Field(
        default=60,
        gt=0,
        le=3600,
        description="How long an add with async_mode false waits before it answers 'running'.",
    )

    def limits(self) -> Limits:
        return Limits(
            body=self.max_body_bytes,
            add_tokens=self.max_add_tokens,
            query_tokens=self.max_query_tokens,
            sync_seconds=self.sync_seconds,
            at_once=self.max_at_once,
            messages=self.max_messages,
            page_size=self.max_page_size,
            facts=self.max_facts,
            preferences=self.max_preferences,
            tools=self.max_tools,
            skills=self.max_skills,
        )

    @property
    def embedder_cache(self) -> Path:
        return self.cache_dir or self.data_dir / "cache"
