"""From settings to models: which are set up, and where they are."""

import json
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from memosd.domain.errors import MemosdError, Unavailable
from memosd.flows.chat import ChatModels
from memosd.flows.reembed import Embedders, Served
from memosd.language.tokens import count_tokens
from memosd.ports.embeddings import ActiveEmbedder
from memosd.ports.models import ChatModel, Embedder, Reranker, StructuredModel
from memosd.providers.e5 import E5Embedder
from memosd.providers.lines import LineEmbedder
from memosd.providers.openai import Connection, OpenAIChat, OpenAIEmbedder, OpenAIReranker, OpenAIStructured
from memosd.providers.recent import RecentEmbedder
from memosd.settings import Settings

log = logging.getLogger(__name__)

CONTRACT_NAMES = ("qwen2.5-72b-instruct", "qwen3-32b", "deepseek-r1")
"""The chat models of the contract; the first is its default. A client made for the hosted service names them: unless
the settings say what they are here, they mean the chat model that is set up."""
BUNDLED = ""
"""The origin of the bundled embedder."""


@dataclass(frozen=True, slots=True)
class Models:
    """Those that are set up. `opened` closes their connections."""

    chat: ChatModels
    extraction: OpenAIStructured | None
    reranker: Reranker | None
    vision: ChatModel | None
    opened: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def structured(self) -> StructuredModel | None:
        return self.extraction


def open_models(settings: Settings) -> Models:
    """No model is asked for anything yet."""
    connections = _Connections(settings)
    extraction = reranker = vision = None
    if settings.extraction_model:
        at = connections.of("extraction")
        extra = settings.extraction_extra
        extraction = OpenAIStructured(at, settings.extraction_model, count_tokens=count_tokens, extra=extra)
    if settings.rerank_model:
        reranker = OpenAIReranker(connections.of("rerank"), settings.rerank_model, count_tokens=count_tokens)
    if settings.vision_model:
        at, extra = connections.of("vision"), settings.vision_extra
        vision = OpenAIChat(at, settings.vision_model, count_tokens=count_tokens, extra=extra)
    return Models(_chat_models(settings, connections), extraction, reranker, vision, connections.opened)


def _chat_models(settings: Settings, connections: "_Connections") -> ChatModels:
    def model(at: Connection, name: str) -> ChatModel:
        return OpenAIChat(at, name, count_tokens=count_tokens, extra=settings.chat_extra)

    named: dict[str, ChatModel] = {}
    for name, each in settings.chat_models.items():
        at = connections.to(each.url, each.key, "MEMOSD_CHAT_MODELS") if each.url else connections.of("chat")
        named[name] = model(at, each.model)
    default = next((name for name in (*CONTRACT_NAMES, *named) if name in named), None)
    if settings.chat_model:
        default = settings.chat_model
        named.setdefault(default, model(connections.of("chat"), default))
    if default is not None:
        named = {**dict.fromkeys(CONTRACT_NAMES, named[default]), **named}
    return ChatModels(named, default)


async def open_embedders(
    settings: Settings, active: ActiveEmbedder | None, opened: AsyncExitStack
) -> tuple[Embedders, Embedder]:
    """The embedder that is set up and, if the vectors on record are another's, that one, too, if it can be had.

    Also the bundled one, which extraction reads statements with. active: what is on record. Raises `Unavailable`.
    """
    bundled = E5Embedder.open(settings.embedder_cache, threads=settings.embedder_threads)
    opened.callback(bundled.close)
    own = _own(bundled)
    passages = own.passages
    connections = _Connections(settings, opened)
    wanted = await _by_url(settings, active, connections) if settings.embedding_model else own
    if active is None or active.model == wanted.queries.model:
        return Embedders(wanted), passages
    for old in (own, Served(bundled, RecentEmbedder(bundled), BUNDLED)):  # the second: as older versions embedded
        if active.model == old.queries.model:
            return Embedders(old, wanted), passages
    recorded = await _on_record(settings, active, connections)
    return (Embedders(recorded, wanted) if recorded else Embedders(wanted)), passages


def _own(bundled: Embedder) -> Served:
    by_line = LineEmbedder(RecentEmbedder(bundled))
    return Served(by_line, by_line, BUNDLED)


async def _by_url(settings: Settings, active: ActiveEmbedder | None, connections: "_Connections") -> Served:
    """A server that is down for now is no reason not to start, if its vectors are known."""
    assert settings.embedding_model
    at = connections.of("embedding")
    prefixes = (settings.embedding_query_prefix, settings.embedding_passage_prefix)
    try:
        return _served(
            await OpenAIEmbedder.open(at, settings.embedding_model, prefixes=prefixes), at, settings.embedding_model
        )
    except Unavailable:
        known = _origin(active)
        if (known.get("url"), known.get("model")) != (at.url, settings.embedding_model):
            raise
        dimensions = int(known["dimensions"])
        embedder = OpenAIEmbedder(at, settings.embedding_model, dimensions=dimensions, prefixes=prefixes)
        return _served(embedder, at, settings.embedding_model)


async def _on_record(settings: Settings, active: ActiveEmbedder, connections: "_Connections") -> Served | None:
    """The embedder of the vectors on record, if it is still to be had; a key is only used where it belongs."""
    known = _origin(active)
    if not known.get("url"):
        return None
    places = {(settings.embedding_url or settings.model_url): settings.embedding_key or settings.model_key}
    at = connections.to(known["url"], places.get(known["url"]), "the embedder on record")
    try:
        embedder = await OpenAIEmbedder.open(at, known["model"], prefixes=tuple(known.get("prefixes", ("", ""))))
    except Unavailable:
        return None
    return _served(embedder, at, known["model"]) if embedder.model == active.model else None


def _served(embedder: OpenAIEmbedder, at: Connection, model: str) -> Served:
    origin = {"url": at.url, "model": model, "dimensions": embedder.dimensions, "prefixes": embedder.prefixes}
    return Served(embedder, RecentEmbedder(embedder), json.dumps(origin, sort_keys=True))


def _origin(active: ActiveEmbedder | None) -> Mapping[str, Any]:
    known: Mapping[str, Any] = json.loads(active.origin) if active and active.origin else {}
    return known


@dataclass(slots=True)
class _Connections:
    """One connection a server and key, so that purposes on one server share its limits. Embedders have connections of
    their own: no search waits until chats have ended, or fails since another model of the server does."""

    settings: Settings
    opened: AsyncExitStack = field(default_factory=AsyncExitStack)
    known: dict[tuple[str, str | None], Connection] = field(default_factory=dict)

    def of(self, purpose: str) -> Connection:
        settings = self.settings
        own: str | None = getattr(settings, f"{purpose}_url")
        url, key = own or settings.model_url, getattr(settings, f"{purpose}_key")
        assert url is not None, "the settings see to it"
        key = key or (None if own and own != settings.model_url else settings.model_key)
        return self.to(url, key, f"MEMOSD_{purpose.upper()}_URL" if own else "MEMOSD_MODEL_URL")

    def to(self, url: str, key: SecretStr | None, name: str) -> Connection:
        secret = key.get_secret_value() if key else None
        if (url, secret) not in self.known:
            made = Connection(
                url,
                secret,
                timeout=self.settings.model_timeout_seconds,
                at_once=self.settings.model_at_once,
                attempts=self.settings.model_attempts,
                settings=name,
            )
            self.opened.push_async_callback(made.close)
            self.known[url, secret] = made
        return self.known[url, secret]


async def find_way(models: Models) -> None:
    """Find out, beside the first requests, how the extraction model is asked for structured answers."""
    if models.extraction is not None:
        try:
            await models.extraction.find_way()
        except MemosdError as error:
            log.warning("the extraction model does not answer yet: %s", error)
