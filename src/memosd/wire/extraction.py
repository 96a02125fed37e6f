"""extract/memory."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from memosd.domain.ids import BatchId, MessageId, ProjectId, new_id
from memosd.domain.memories import Content, Kind, View
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.wire.envelope import Answer
from memosd.wire.fields import ChatTime, Count, NotBlank, Request
from memosd.wire.messages import MAX_MESSAGES
from memosd.wire.recollections import PreferenceType

ExtractionType = Literal["memory", "preference"]
MAX_TYPES = 10


class ExtractMessage(Request):
    role: Literal["user", "assistant", "system"]
    content: Annotated[str, NotBlank()]
    chat_time: ChatTime | None = Field(default=None, description="When it was said (not in the contract).")


class ExtractMemoryRequest(Request):
    messages: Annotated[list[ExtractMessage], Count(MAX_MESSAGES)] = Field(
        description="8,000 tokens at most, if not configured otherwise."
    )
    extraction_types: Annotated[list[ExtractionType], Count(MAX_TYPES)] | None = Field(
        default=None, description="Default: all."
    )

    def texts(self) -> Iterator[str]:
        for message in self.messages:
            yield message.content

    def batch(self, project: ProjectId, *, at: datetime) -> Batch:
        """The messages as of a user without a name; they are never stored."""
        messages = tuple(
            Message(MessageId(new_id("msg")), Role(m.role), m.content, m.chat_time or at) for m in self.messages
        )
        return Batch(BatchId(new_id("batch")), project, "", "", Owner.user(""), messages, at)


class ExtractedFact(Answer):
    memory_key: str = Field(description="A title.")
    memory_value: str
    memory_type: Literal["UserMemory", "LongTermMemory"]
    tags: list[str]


class ExtractedPreference(Answer):
    preference: str
    reasoning: str
    preference_type: PreferenceType


class ExtractMemoryData(Answer):
    success: bool
    memory_detail_list: list[ExtractedFact] | None = Field(
        default=None, exclude_if=lambda value: value is None, description="If facts were asked for."
    )
    preference_detail_list: list[ExtractedPreference] | None = Field(
        default=None, exclude_if=lambda value: value is None, description="If preferences were asked for."
    )

    @classmethod
    def of(cls, contents: Sequence[Content], types: Sequence[ExtractionType] | None) -> "ExtractMemoryData":
        facts = [_fact(content) for content in contents if content.kind is Kind.FACT]
        preferences = [_preference(content) for content in contents if content.kind is Kind.PREFERENCE]
        return cls(
            success=True,
            memory_detail_list=facts if types is None or "memory" in types else None,
            preference_detail_list=preferences if types is None or "preference" in types else None,
        )


def _fact(content: Content) -> ExtractedFact:
    return ExtractedFact(
        memory_key=content.title,
        memory_value=content.value,
        memory_type="UserMemory" if content.view is View.USER else "LongTermMemory",
        tags=list(content.tags),
    )


def _preference(content: Content) -> ExtractedPreference:
    return ExtractedPreference(
        preference=content.value,
        reasoning=content.detail.get("reasoning", ""),
        preference_type=content.detail.get("preference_type", "explicit_preference"),
    )
