"""The settings, read from the environment once. Nothing else in memosd reads it; `children` passes a part of it on."""

import re
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from memosd.parsing.limits import Bounds
from memosd.wire.limits import Limits

_GRAPH = re.compile(r"records|kglite|(bolt|neo4j)(\+s|\+ssc)?://.+")


class NamedModel(BaseModel):
    """A chat model that requests can name. url, key: if not those of the other chat models."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(min_length=1)
    url: str | None = None
    key: SecretStr | None = None


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
        default=10, ge=2, le=1_000, description="Connections of one process to the PostgreSQL database, and two more."
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
    embedder_threads: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Passages that the bundled embedder makes vectors of at the same time; short questions have a "
        "thread of their own.",
    )
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
        ge=1,
        le=100_000_000,
        description="Memories from which on a user's vectors get an index of their own.",
    )
    graph: SecretStr = Field(
        default=SecretStr("records"),
        description="What searches the graph: `records`; `kglite`: in this process's memory; or a graph database: "
        "`bolt://user:password@host:port/database`.",
    )
    workers: int = Field(
        default=4, ge=1, le=256, description="Tasks that may run at once; one owner's run one at a time."
    )
    task_lease_seconds: float = Field(
        default=60, ge=5, le=3600, description="How long a task is a worker's without renewal."
    )
    task_attempts: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Runs of a task before it is given up; twice as many, if the process ended in each.",
    )

    public_url: str | None = Field(
        default=None,
        description="The server's URL as clients see it, for links to skills; default: http://HOST:PORT.",
    )
    skill_link_seconds: int = Field(
        default=3_600, ge=60, le=604_800, description="How long a link to a skill can be used."
    )
    fetch_hosts: str = Field(
        default="",
        description="Host names, separated by commas, from which files are fetched although they are private.",
    )
    fetch_seconds: float = Field(default=60, gt=0, le=3_600, description="For fetching one file from its URL.")
    max_files: int = Field(default=20, ge=1, le=1_000, description="Files of one request.")
    max_file_mb: int = Field(default=100, ge=1, le=10_000, description="MiB of one file.")
    max_files_mb: int = Field(default=300, ge=1, le=10_000, description="MiB of all files of one request.")
    max_pages: int = Field(default=500, ge=1, le=100_000, description="Pages of one file.")
    parse_seconds: float = Field(default=300, ge=1, le=3_600, description="For reading one file, in its own process.")
    parse_memory_mb: int = Field(
        default=3_072, ge=256, le=1_000_000, description="MiB that the process may use which reads a file."
    )
    parsers: int = Field(default=2, ge=1, le=64, description="Files that are read at the same time.")
    drain_seconds: float = Field(
        default=0,
        ge=0,
        le=3600,
        description="How long a server that was told to stop goes on while /ready says that it is stopping.",
    )

    model_url: str | None = Field(
        default=None,
        description="The OpenAI-compatible server of all models, such as http://127.0.0.1:11434/v1; each purpose can "
        "have its own.",
    )
    model_key: SecretStr | None = Field(default=None, description="The API key for MEMOSD_MODEL_URL.")
    model_timeout_seconds: float = Field(
        default=60,
        gt=0,
        le=3600,
        description="How long a model may take to answer, or, in a stream, to send the next piece.",
    )
    model_attempts: int = Field(
        default=3, ge=1, le=20, description="How often a model is asked where a failure may pass."
    )
    model_at_once: int = Field(
        default=8,
        ge=1,
        le=1_000,
        description="Calls of one model server at the same time; embeddings have as many of their own.",
    )
    model_budget: int = Field(
        default=0,
        ge=0,
        description="Tokens a project may spend on models in a day (UTC), 0 for any number; then extraction goes on "
        "without a model, and chat is refused.",
    )
    extraction_model: str | None = Field(
        default=None, description="The model that makes memories; without one they are made locally."
    )
    extraction_url: str | None = Field(default=None, description="Its server, if not MEMOSD_MODEL_URL.")
    extraction_key: SecretStr | None = Field(default=None, description="The key for MEMOSD_EXTRACTION_URL.")
    extraction_extra: dict[str, Any] = Field(
        default={}, description="JSON: further fields of its requests, such as switching off reasoning."
    )
    chat_model: str | None = Field(
        default=None, description="The model that answers chats; without one /chat is 50002."
    )
    chat_url: str | None = Field(default=None, description="Its server, if not MEMOSD_MODEL_URL.")
    chat_key: SecretStr | None = Field(default=None, description="The key for MEMOSD_CHAT_URL.")
    chat_extra: dict[str, Any] = Field(default={}, description="JSON: further fields of its requests.")
    chat_models: dict[str, NamedModel] = Field(
        default={},
        description="JSON: models that a request may name, each with the model's own name, or with model, url and key.",
    )
    embedding_model: str | None = Field(
        default=None, description="The model that embeds; without one the bundled embedder does."
    )
    embedding_url: str | None = Field(default=None, description="Its server, if not MEMOSD_MODEL_URL.")
    embedding_key: SecretStr | None = Field(default=None, description="The key for MEMOSD_EMBEDDING_URL.")
    embedding_query_prefix: str = Field(
        default="", description="What the model wants before a query, such as an instruction."
    )
    embedding_passage_prefix: str = Field(default="", description="What the model wants before a passage.")
    rerank_model: str | None = Field(
        default=None,
        description="The model behind /rerank (Cohere, Jina or TEI style); else the built-in scorer serves.",
    )
    rerank_url: str | None = Field(default=None, description="Its server, if not MEMOSD_MODEL_URL.")
    rerank_key: SecretStr | None = Field(default=None, description="The key for MEMOSD_RERANK_URL.")
    vision_model: str | None = Field(
        default=None, description="The model that describes pictures; without one only the words in them are read."
    )
    vision_url: str | None = Field(default=None, description="Its server, if not MEMOSD_MODEL_URL.")
    vision_key: SecretStr | None = Field(default=None, description="The key for MEMOSD_VISION_URL.")
    vision_extra: dict[str, Any] = Field(default={}, description="JSON: further fields of its requests.")

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
    max_chat_tokens: int = Field(
        default=8_000, ge=1, le=1_000_000, description="Tokens of a chat's query and system prompt."
    )
    max_extract_tokens: int = Field(
        default=8_000, ge=1, le=1_000_000, description="Tokens of all messages of one extract/memory."
    )
    max_rerank_tokens: int = Field(
        default=8_000, ge=1, le=1_000_000, description="Tokens of the query and all documents of one rerank."
    )
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

    @field_validator("graph")
    @classmethod
    def _is_a_graph(cls, value: SecretStr) -> SecretStr:
        if not _GRAPH.fullmatch(value.get_secret_value()):
            raise ValueError("must be `records`, `kglite` or the URL of a graph database, bolt://… or neo4j://…")
        return value

    @field_validator("chat_models", mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        """`{"fast": "qwen-turbo"}` stands for `{"fast": {"model": "qwen-turbo"}}`."""
        if isinstance(value, dict):
            return {name: {"model": each} if isinstance(each, str) else each for name, each in value.items()}
        return value

    @model_validator(mode="after")
    def _models_have_a_server(self) -> Self:
        for purpose in ("extraction", "chat", "embedding", "rerank", "vision"):
            if getattr(self, f"{purpose}_model") and not (getattr(self, f"{purpose}_url") or self.model_url):
                raise ValueError(
                    f"MEMOSD_{purpose.upper()}_MODEL is set, but not where it is: "
                    f"set MEMOSD_MODEL_URL or MEMOSD_{purpose.upper()}_URL"
                )
        for name, named in self.chat_models.items():
            if not (named.url or self.chat_url or self.model_url):
                raise ValueError(f"MEMOSD_CHAT_MODELS: '{name}' has no url, and MEMOSD_MODEL_URL is not set")
        return self

    @model_validator(mode="after")
    def _indexes_beside_follow_a_data_directory(self) -> Self:
        """Only what was asked for is refused, not a default."""
        if self.database_url is not None:
            chosen = {"vectors": (self.vectors, "exact"), "graph": (self.graph.get_secret_value(), "records")}
            for name, (given, own) in chosen.items():
                if name in self.model_fields_set and given != own:
                    raise ValueError(
                        f"MEMOSD_{name.upper()} names an index beside a data directory, and MEMOSD_DATABASE_URL a "
                        f"PostgreSQL database, which has its own: set only one of them, or MEMOSD_{name.upper()}={own}"
                    )
        return self

    def limits(self) -> Limits:
        return Limits(
            body=self.max_body_bytes,
            add_tokens=self.max_add_tokens,
            query_tokens=self.max_query_tokens,
            chat_tokens=self.max_chat_tokens,
            extract_tokens=self.max_extract_tokens,
            rerank_tokens=self.max_rerank_tokens,
            sync_seconds=self.sync_seconds,
            at_once=self.max_at_once,
            messages=self.max_messages,
            page_size=self.max_page_size,
            facts=self.max_facts,
            preferences=self.max_preferences,
            tools=self.max_tools,
            skills=self.max_skills,
            files=self.max_files,
            file_bytes=self.max_file_mb << 20,
            files_bytes=self.max_files_mb << 20,
        )

    def bounds(self) -> Bounds:
        return Bounds(self.max_pages, self.parse_seconds, self.parse_memory_mb << 20)

    @property
    def open_hosts(self) -> frozenset[str]:
        return frozenset(filter(None, map(str.strip, self.fetch_hosts.split(","))))

    @property
    def clients_see(self) -> str:
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def embedder_cache(self) -> Path:
        return self.cache_dir or self.data_dir / "cache"
