"""add/message and get/message."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from memosd.domain.ids import BatchId, MessageId, ProjectId, new_id
from memosd.domain.messages import Batch, Info, Message, Role
from memosd.domain.scope import Owner
from memosd.wire.envelope import Answer, Time
from memosd.wire.fields import (
    MAX_TAGS,
    ChatTime,
    ConversationId,
    Count,
    Id,
    InfoObject,
    KnowledgeBaseIds,
    Label,
    Request,
    UserId,
    empty,
)
from memosd.wire.limits import UpTo
from memosd.wire.tasks import Status

MAX_MESSAGES = 2_000
MAX_PARTS = 100
MAX_TOOL_CALLS = 100


class Function(Request):
    name: Id
    arguments: str = Field(description="The arguments, as a text of JSON.")


class ToolCall(Request):
    id: Id
    type: Literal["function"]
    function: Function


class Part(Request):
    """A part of a message's content. Only text is supported for now."""

    type: Literal["text"]
    text: str


def _kind_of_content(value: Any) -> str | None:
    return "<text>" if isinstance(value, str) else "<parts>" if isinstance(value, list) else None


Parts = Annotated[list[Part], Count(MAX_PARTS)]
MessageContent = Annotated[
    Annotated[str, Tag("<text>")] | Annotated[Parts, Tag("<parts>")],
    Discriminator(
        _kind_of_content,
        custom_error_type="kind_of_content",
        custom_error_message="must be a string or a list of parts",
    ),
]


class MessageInput(Request):
    role: Literal["user", "assistant", "system", "tool"]
    tool_calls: Annotated[list[ToolCall], Count(MAX_TOOL_CALLS, or_none=True)] = Field(default_factory=list)
    tool_call_id: Id | None = None
    content: Annotated[MessageContent | None, Field(validate_default=True)] = None
    chat_time: ChatTime | None = None

    @field_validator("content")
    @classmethod
    def _says_something(cls, content: str | list[Part] | None, info: ValidationInfo) -> str | list[Part] | None:
        """Only an assistant that calls tools may say nothing besides."""
        calls_tools = info.data.get("role") == "assistant" and info.data.get("tool_calls", True)
        if not calls_tools and empty(_text(content)):
            raise PydanticCustomError("blank", "is empty")
        return content

    @property
    def text(self) -> str:
        return _text(self.content)

    def texts(self) -> Iterator[str]:
        """All that the token limit counts."""
        yield self.text
        for call in self.tool_calls:
            yield from (call.function.name, call.function.arguments)


def _text(content: str | Sequence[Part] | None) -> str:
    return content if isinstance(content, str) else "\n".join(part.text for part in content or ())


class AddMessageRequest(Request):
    user_id: UserId = Field(description="Whose conversation it is.")
    conversation_id: ConversationId
    messages: Annotated[list[MessageInput], Count(MAX_MESSAGES)] = Field(
        description="In the order in which they were said. 20,000 tokens at most, if not configured otherwise."
    )
    agent_id: Id | None = Field(default=None, description="Labels the memories; a filter can narrow by it.")
    app_id: Id | None = Field(default=None, description="Labels the memories; a filter can narrow by it.")
    tags: Annotated[list[Label], Count(MAX_TAGS, or_none=True)] = Field(default_factory=list)
    info: InfoObject = Field(
        default_factory=dict, description="Labels of your own; a filter can narrow by each of them."
    )
    allow_public: bool = Field(default=False, description="Every user of the project may find these memories.")
    allow_knowledgebase_ids: KnowledgeBaseIds = Field(default_factory=list)
    async_mode: bool = Field(default=True, description="false: answer only when the refined memories can be found.")

    def texts(self) -> Iterator[str]:
        for message in self.messages:
            yield from message.texts()

    def batch(self, project: ProjectId, *, at: datetime) -> Batch:
        """The messages as the domain keeps them; one without a time was said at `at`."""
        return Batch(
            id=BatchId(new_id("batch")),
            project=project,
            user=self.user_id,
            conversation=self.conversation_id,
            owner=Owner.public() if self.allow_public else Owner.user(self.user_id),
            messages=tuple(_message(message, at) for message in self.messages),
            received_at=at,
            agent=self.agent_id,
            app=self.app_id,
            tags=tuple(self.tags),
            info=info(self.info),
        )


def _message(message: MessageInput, at: datetime) -> Message:
    return Message(
        id=MessageId(new_id("msg")),
        role=Role(message.role),
        text=message.text,
        said_at=message.chat_time or at,
        tool_calls=tuple(call.model_dump() for call in message.tool_calls),
        tool_call_id=message.tool_call_id,
    )


def info(given: InfoObject) -> Info:
    """The labels of a request as the domain keeps them."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}


class AddMessageData(Answer):
    success: bool = Field(description="The messages are stored.")
    task_id: str
    status: Status


class GetMessageRequest(Request):
    user_id: UserId
    conversation_id: ConversationId
    message_limit_number: Annotated[int, UpTo("messages", least=1)] = 6


class MessageDetail(Answer):
    role: Literal["user", "assistant"]
    content: str
    create_time: Time
    update_time: Time

    @classmethod
    def of(cls, message: Message) -> "MessageDetail":
        """Of a user's or an assistant's message."""
        role: Literal["user", "assistant"] = "user" if message.role is Role.USER else "assistant"
        return cls(role=role, content=message.text, create_time=message.said_at, update_time=message.said_at)


class GetMessageData(Answer):
    message_detail_list: list[MessageDetail]
