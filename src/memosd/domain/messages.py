"""What was said. Never edited, only appended (and erased with its user)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from memosd.domain.ids import BatchId, MessageId, ProjectId
from memosd.domain.scope import Owner

Info = Mapping[str, "str | float | int | tuple[str, ...]"]


class Role(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `text` is the content as plain text; `said_at` is `chat_time`, else the time of arrival.

    `tool_calls` holds the calls as they came (OpenAI's form); `tool_call_id` names the call a tool message answers.
    """

    id: MessageId
    role: Role
    text: str
    said_at: datetime
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages of one request, kept together so that a retry reads exactly what was sent."""

    id: BatchId
    project: ProjectId
    user: str
    conversation: str
    owner: Owner
    messages: tuple[Message, ...]
    received_at: datetime
    agent: str | None = None
    app: str | None = None
    tags: tuple[str, ...] = ()
    info: Info = field(default_factory=dict)
