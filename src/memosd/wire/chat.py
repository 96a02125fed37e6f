"""chat, plain and streamed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import orjson
from pydantic import Field, WithJsonSchema

from memosd.domain.ids import BatchId, KnowledgeBaseId, MessageId, ProjectId, new_id
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.domain.search import Query
from memosd.wire.envelope import Answer
from memosd.wire.fields import (
    MAX_TAGS,
    ConversationId,
    Count,
    Id,
    InfoObject,
    KnowledgeBaseIds,
    Label,
    NotBlank,
    Request,
    UserId,
)
from memosd.wire.limits import MAX_TOKENS, UpTo
from memosd.wire.memories import FilterObject
from memosd.wire.messages import info
from memosd.wire.scopes import reaches, read_filters


class ChatRequest(Request):
    user_id: UserId
    conversation_id: ConversationId
    query: Annotated[str, NotBlank()] = Field(
        description="With the system prompt 8,000 tokens at most, if not set otherwise."
    )
    filter: FilterObject | None = None
    knowledgebase_ids: KnowledgeBaseIds = Field(default_factory=list, description='["all"]: every one.')
    memory_limit_number: Annotated[int, UpTo("facts")] = 9
    include_preference: bool = True
    preference_limit_number: Annotated[int, UpTo("preferences")] = 9
    relativity: Annotated[float, Field(ge=0, le=1)] = 0.45
    model_name: Label | None = Field(default=None, description="One of those that this server has; default: its own.")
    system_prompt: str | None = None
    stream: bool = False
    max_tokens: Annotated[int, Field(ge=1, le=MAX_TOKENS)] = Field(default=8_192, description="Of the answer.")
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    top_p: Annotated[float, Field(ge=0, le=1)] = 0.95
    add_message_on_answer: bool = Field(default=True, description="Store the turn, as add/message does.")
    app_id: Id | None = None
    agent_id: Id | None = None
    tags: Annotated[list[Label], Count(MAX_TAGS, or_none=True)] = Field(default_factory=list)
    info: InfoObject = Field(default_factory=dict)
    allow_public: bool = Field(default=False, description="Every user of the project may find what is learnt.")
    allow_knowledgebase_ids: KnowledgeBaseIds = Field(default_factory=list)

    def to_query(self, project: ProjectId, bases: Sequence[KnowledgeBaseId] = ()) -> Query:
        """bases: those that are searched besides. Raises `Invalid` or `Empty` for a malformed filter."""
        return Query(
            project=project,
            user=self.user_id,
            text=self.query,
            reaches=reaches(self.user_id, read_filters(self.filter), bases),
            conversation=self.conversation_id,
            facts=self.memory_limit_number,
            preferences=self.preference_limit_number if self.include_preference else 0,
            threshold=self.relativity,
        )

    def batch(self, project: ProjectId, *, at: datetime, base: KnowledgeBaseId | None = None) -> Batch | None:
        """The question as it is to be stored, for this base if one is given; None if it is not."""
        if not self.add_message_on_answer:
            return None
        return Batch(
            id=BatchId(new_id("batch")),
            project=project,
            user=self.user_id,
            conversation=self.conversation_id,
            owner=Owner.base(base) if base else Owner.public() if self.allow_public else Owner.user(self.user_id),
            messages=(Message(MessageId(new_id("msg")), Role.USER, self.query, at),),
            received_at=at,
            agent=self.agent_id,
            app=self.app_id,
            tags=tuple(self.tags),
            info=info(self.info),
        )


class ChatData(Answer):
    response: str


class ChatPiece(Answer):
    type: Literal["reasoning", "text", "end"]
    data: str = Field(description="A piece of the answer; of an end: what did not go as it should, or nothing.")


_PIECE = {
    "type": "string",
    "contentMediaType": "application/json",
    "contentSchema": ChatPiece.model_json_schema(mode="serialization"),
}


class ChatEvent(Answer):
    """One event of a streamed answer. One named `error` ends a stream that broke off."""

    event: Literal["message", "error"] = "message"
    data: Annotated[str, WithJsonSchema(_PIECE)]


def event(type: Literal["reasoning", "text", "end"], data: str) -> bytes:
    return b"data: " + orjson.dumps({"type": type, "data": data}) + b"\n\n"


def error_event(code: int, message: str) -> bytes:
    """The last event of a stream that broke off: a client that knows no errors sees an end."""
    return b"event: error\ndata: " + orjson.dumps({"type": "end", "data": message, "code": code}) + b"\n\n"
