"""The OpenAI API's chat completions, as far as memosd serves them: requests in, answers and chunks out.

Unlike the rest of the API this is a foreign form: its names and its errors are OpenAI's.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from memosd.domain.errors import Invalid, Missing
from memosd.domain.ids import BatchId, MessageId, ProjectId, new_id
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.domain.search import Query
from memosd.domain.usage import Tokens
from memosd.ports.models import Turn
from memosd.wire.fields import ConversationId, Count, Label, Request, UserId
from memosd.wire.limits import MAX_TOKENS
from memosd.wire.messages import MAX_MESSAGES, MAX_PARTS
from memosd.wire.problems import problem
from memosd.wire.scopes import reaches, read_filters

_USER, _CONVERSATION = TypeAdapter(UserId), TypeAdapter(ConversationId)


class TextPart(Request):
    type: Literal["text"]
    text: str


class CompletionMessage(Request):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | Annotated[list[TextPart], Count(MAX_PARTS)]

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "\n".join(part.text for part in self.content)


class StreamOptions(Request):
    include_usage: bool = False


class CompletionRequest(Request):
    """What is not named here is ignored."""

    model: Label
    messages: Annotated[list[CompletionMessage], Count(MAX_MESSAGES)]
    user: UserId | None = Field(default=None, description="Whose memory; or the header X-User-Id.")
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, Field(ge=1, le=MAX_TOKENS)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1, le=MAX_TOKENS)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    n: Literal[1] = 1

    @property
    def question(self) -> str:
        """The last message. Raises `Invalid` if it is not the user's, `Missing` if it says nothing."""
        if self.messages[-1].role != "user":
            raise Invalid("messages: the last one must be the user's")
        if not self.messages[-1].text.strip():
            raise Missing("messages: the last one is empty")
        return self.messages[-1].text

    @property
    def system_prompt(self) -> str | None:
        said = [m.text for m in self.messages if m.role in ("system", "developer")]
        return "\n\n".join(said) or None

    @property
    def conversation(self) -> tuple[Turn, ...]:
        """What the client says was said before the question."""
        return tuple(
            Turn("user" if m.role == "user" else "assistant", m.text)
            for m in self.messages[:-1]
            if m.role in ("user", "assistant")
        )

    def whose(self, headers: Mapping[bytes, bytes]) -> str:
        """Raises `Missing` if neither the field nor the header names a user, `Invalid` for a header that a `user_id`
        could not be."""
        user = self.user or _named(headers, "X-User-Id", _USER)
        if not user:
            raise Missing("user: is required, or the header X-User-Id: memories belong to a user")
        return user

    def which(self, headers: Mapping[bytes, bytes]) -> str:
        """The conversation: as the header names it, else by what the user said first in it, which clients repeat.
        Raises `Invalid` for a header that a `conversation_id` could not be."""
        first = next(message.text for message in self.messages if message.role == "user")
        named = _named(headers, "X-Conversation-Id", _CONVERSATION)
        return named or f"chat-{hashlib.sha256(first.encode()).hexdigest()[:16]}"

    def to_query(self, project: ProjectId, *, user: str, conversation: str) -> Query:
        reach = reaches(user, read_filters(None))
        return Query(project, user, self.question, reach, conversation=conversation)

    def batch(self, project: ProjectId, *, user: str, conversation: str, at: datetime) -> Batch:
        """The question as it is to be stored. What was said before it has been stored when it was asked."""
        message = Message(MessageId(new_id("msg")), Role.USER, self.question, at)
        return Batch(BatchId(new_id("batch")), project, user, conversation, Owner.user(user), (message,), at)


def _named(headers: Mapping[bytes, bytes], name: str, rule: TypeAdapter[str]) -> str | None:
    """What a header says in UTF-8, held to the rule of the field it stands for; None if it says nothing."""
    given = headers.get(name.lower().encode(), b"").strip(b" \t")
    if not given:
        return None
    try:
        return rule.validate_python(given.decode())
    except UnicodeDecodeError:
        raise Invalid(f"{name}: must be UTF-8") from None
    except ValidationError as error:
        raise problem(error, whole=name) from None


def completion(id: str, model: str, text: str, *, at: datetime, tokens: Tokens, truncated: bool) -> bytes:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, "refusal": None},
        "logprobs": None,
        "finish_reason": _ending(truncated),
    }
    return orjson.dumps({**_head(id, "chat.completion", model, at), "choices": [choice], "usage": usage(tokens)})


def chunk(
    id: str, model: str, *, at: datetime, text: str = "", reasoning: bool = False, ends: bool | None = None
) -> bytes:
    """One event of a stream. ends: None for a piece; else the end of the answer, and whether it was cut off."""
    name = "reasoning_content" if reasoning else "content"
    delta = {"role": "assistant", name: text} if ends is None else {}
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None if ends is None else _ending(ends)}
    return _event({**_head(id, "chat.completion.chunk", model, at), "choices": [choice]})


def usage_chunk(id: str, model: str, *, at: datetime, tokens: Tokens) -> bytes:
    return _event({**_head(id, "chat.completion.chunk", model, at), "choices": [], "usage": usage(tokens)})


def error(status: int, code: int, message: str) -> dict[str, Any]:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": str(code)}}


def error_event(status: int, code: int, message: str) -> bytes:
    return _event(error(status, code, message))


def models(names: list[str], *, at: datetime) -> bytes:
    listed = [{"id": name, "object": "model", "created": int(at.timestamp()), "owned_by": "memosd"} for name in names]
    return orjson.dumps({"object": "list", "data": listed})


def usage(tokens: Tokens) -> dict[str, int]:
    return {"prompt_tokens": tokens.input, "completion_tokens": tokens.output, "total_tokens": tokens.total}


DONE = b"data: [DONE]\n\n"


def _head(id: str, kind: str, model: str, at: datetime) -> dict[str, Any]:
    return {"id": id, "object": kind, "created": int(at.timestamp()), "model": model}


def _ending(truncated: bool) -> str:
    return "length" if truncated else "stop"


def _event(value: Mapping[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(value) + b"\n\n"
