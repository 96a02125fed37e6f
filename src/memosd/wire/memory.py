"""get/memory/{memory_id} and update/memory: one memory."""

from typing import Annotated, Any, Literal

from pydantic import Field

from memosd.domain.ids import MemoryId
from memosd.domain.memories import Kind, Memory
from memosd.wire.envelope import Answer
from memosd.wire.fields import Id, NotBlank, Request
from memosd.wire.recollections import Messages, stored

MAX_VALUE = 20_000
MAX_TITLE = 200
View = Literal["fact", "preference", "tool", "skill", "passage"]
VIEWS: dict[Kind, View] = {
    Kind.FACT: "fact",
    Kind.PREFERENCE: "preference",
    Kind.TOOL_SCHEMA: "tool",
    Kind.TOOL_TRAJECTORY: "tool",
    Kind.SKILL: "skill",
    Kind.PASSAGE: "passage",
}


class OneMemoryRequest(Request):
    memory_id: Id


class UpdateMemoryRequest(Request):
    """At least one of content, title and status."""

    memory_id: Id
    content: Annotated[str, NotBlank(), Field(max_length=MAX_VALUE)] | None = None
    title: Annotated[str, NotBlank(), Field(max_length=MAX_TITLE)] | None = None
    status: Literal["activated", "archived"] | None = Field(
        default=None, description="archived: it leaves every search and stays in the history."
    )


class OneMemoryData(Answer):
    memory_view: View
    status: Literal["activated", "archived"]
    version: int = Field(ge=1)
    replaced_by: MemoryId | None = Field(default=None, description="The memory that took its place.")
    memory_detail: dict[str, Any] = Field(description="As in get/memory.")

    @classmethod
    def of(cls, memory: Memory, messages: Messages) -> "OneMemoryData":
        """`messages` are its sources."""
        status: Literal["activated", "archived"] = "activated" if memory.active else "archived"
        return cls(
            memory_view=VIEWS[memory.content.kind],
            status=status,
            version=memory.version,
            replaced_by=memory.replaced_by,
            memory_detail={**stored(memory, messages).model_dump(mode="json"), "status": status},
        )
