"""add/message and get/message."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from memosd.domain.files import File, FileKind
from memosd.domain.formats import check_name, named
from memosd.domain.ids import BatchId, FileId, KnowledgeBaseId, MessageId, ProjectId, new_id
from memosd.domain.messages import Batch, Info, Message, Role
from memosd.domain.scope import Owner
from memosd.wire.envelope import Answer, Time
from memosd.wire.fields import (
    MAX_TAGS,
    ChatTime,
    ConversationId,
    Count,
    Id,
    Identifier,
    InfoObject,
    KnowledgeBaseIds,
    Label,
    NotBlank,
    Request,
    UserId,
    empty,
)
from memosd.wire.files import MAX_NAME, extension_of, is_url, name_of_url, read_content
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


class TextPart(Request):
    type: Literal["text"]
    text: str

    def shown(self, number: int) -> str:
        return self.text


class ImageUrl(Request):
    url: Annotated[str, NotBlank()] = Field(description="An http(s) URL, a data URL, or Base64.")


class ImagePart(Request):
    type: Literal["image_url"]
    image_url: ImageUrl

    def shown(self, number: int) -> str:
        return f"[image: {self.file_name(number)}]"

    @property
    def content(self) -> str:
        return self.image_url.url

    def file_name(self, number: int) -> str:
        return _file_name(self.content, None, f"image-{number}")


class FileData(Request):
    file_data: Annotated[str, NotBlank()] = Field(description="An http(s) URL, a data URL, or Base64.")
    filename: Annotated[str, Identifier(most=MAX_NAME)] | None = None


class FilePart(Request):
    type: Literal["file"]
    file: FileData

    def shown(self, number: int) -> str:
        return f"[file: {self.file_name(number)}]"

    @property
    def content(self) -> str:
        return self.file.file_data

    def file_name(self, number: int) -> str:
        return _file_name(self.content, self.file.filename, f"file-{number}")


def _file_name(content: str, name: str | None, otherwise: str) -> str:
    if is_url(content):
        return name or name_of_url(content)
    return named(name, extension_of(content), otherwise)


def _kind_of_part(value: Any) -> str | None:
    """None for a type that there is not; a part without a type is taken for text, and refused as that."""
    kind = value.get("type") if isinstance(value, dict) else None
    return f"<{kind}>" if kind in ("text", "image_url", "file") else None if isinstance(kind, str) else "<text>"


Part = Annotated[
    Annotated[TextPart, Tag("<text>")] | Annotated[ImagePart, Tag("<image_url>")] | Annotated[FilePart, Tag("<file>")],
    Discriminator(
        _kind_of_part,
        custom_error_type="kind_of_part",
        custom_error_message="a part's type must be 'text', 'image_url' or 'file'",
    ),
]


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
        """An assistant that calls tools may say nothing besides, and a tool may have nothing to say."""
        role = info.data.get("role")
        calls_tools = role == "assistant" and info.data.get("tool_calls", True)
        is_result = role == "tool" and content is not None
        if not calls_tools and not is_result and empty(_text(content)):
            raise PydanticCustomError("blank", "is empty")
        return content

    @property
    def text(self) -> str:
        return _text(self.content)

    def file_parts(self) -> "list[tuple[int, ImagePart | FilePart]]":
        """Those that are no text, with their numbers from 1."""
        parts = () if isinstance(self.content, str) else self.content or ()
        return [(i, part) for i, part in enumerate(parts, 1) if not isinstance(part, TextPart)]

    def texts(self) -> Iterator[str]:
        """All that the token limit counts."""
        yield self.text
        for call in self.tool_calls:
            yield from (call.function.name, call.function.arguments)


def _text(content: str | Sequence[Part] | None) -> str:
    """Its parts joined; a file or picture by its kind and name."""
    if isinstance(content, str):
        return content
    return "\n".join(part.shown(i) for i, part in enumerate(content or (), 1))


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

    @property
    def has_files(self) -> bool:
        return any(message.file_parts() for message in self.messages)

    def batches(self, project: ProjectId, bases: Sequence[KnowledgeBaseId], *, at: datetime) -> list[Batch]:
        """The messages as the domain keeps them, once for each owner of what is made of them: the user, or the
        project's public and the knowledge bases. All but the first are copies that no conversation shows."""
        owners = ([Owner.public()] if self.allow_public else []) + [Owner.base(base) for base in bases]
        first, *others = owners or [Owner.user(self.user_id)]
        whole = self._batch(project, first, self.conversation_id, at)
        return [whole, *(self._batch(project, owner, "", at) for owner in others)]

    def files(self, batch: Batch) -> list[tuple[File, bytes | None]]:
        """The files of a batch made of this request, with their contents; None of one that has a URL.

        Raises `UnsupportedFile`, `IllegalBase64`, `MalformedBase64`.
        """
        found: list[tuple[File, bytes | None]] = []
        for i, (message, recorded) in enumerate(zip(self.messages, batch.messages, strict=True)):
            for j, part in message.file_parts():
                path = f"messages[{i}].content[{j - 1}]"
                kind = FileKind.IMAGE if isinstance(part, ImagePart) else FileKind.DOCUMENT
                name, url = part.file_name(j), part.content if is_url(part.content) else ""
                content = None if url else read_content(part.content, path=path)[0]
                check_name(name, kind, path=path)
                own_id = FileId(new_id("file"))
                file = File(own_id, batch.project, recorded.id, kind, name, 0, "", batch.received_at, url=url)
                found.append((file, content))
        return found

    def _batch(self, project: ProjectId, owner: Owner, conversation: str, at: datetime) -> Batch:
        return Batch(
            id=BatchId(new_id("batch")),
            project=project,
            user=self.user_id,
            conversation=conversation,
            owner=owner,
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
