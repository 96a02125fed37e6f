"""search/memory, get/memory and delete/memory: what is asked."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from memosd.domain.ids import KnowledgeBaseId, MemoryId, ProjectId
from memosd.domain.scope import OwnerKind, Reach
from memosd.domain.search import Query
from memosd.wire.fields import ChatTime, ConversationId, Count, Id, KnowledgeBaseIds, NotBlank, Request, UserId
from memosd.wire.limits import UpTo
from memosd.wire.scopes import reaches, read_filter, read_filters

MAX_PAGE = 1_000_000
MAX_DELETED = 1_000

FilterObject = Annotated[dict[str, Any], Field(examples=[{"and": [{"tags": {"contains": "travel"}}]}])]


class SearchMemoryRequest(Request):
    user_id: UserId
    query: Annotated[str, NotBlank()]
    conversation_id: ConversationId | None = Field(default=None, description="Lifts memories of that conversation.")
    filter: FilterObject | None = Field(
        default=None, description="One for all, or one each under user, public, knowledgebase."
    )
    knowledgebase_ids: KnowledgeBaseIds = Field(default_factory=list, description='["all"]: every one.')
    memory_limit_number: Annotated[int, UpTo("facts")] = 9
    include_preference: bool = True
    preference_limit_number: Annotated[int, UpTo("preferences")] = 9
    include_tool_memory: bool = False
    tool_memory_limit_number: Annotated[int, UpTo("tools")] = 6
    include_skill: bool = False
    skill_limit_number: Annotated[int, UpTo("skills")] = 6
    relativity: Annotated[float, Field(ge=0, le=1)] = Field(default=0.45, description="The least relevance; 0: none.")
    as_of: ChatTime | None = Field(
        default=None, description="Search what was believed at that time (not in the contract)."
    )
    context_format: Literal["memory", "sources", "mixed"] = Field(
        default="memory",
        description="sources: the words that memories rest on in place of theirs; mixed: both (not in the contract).",
    )
    explain: bool = Field(default=False, description="Also tell why each memory was found (not in the contract).")

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
            tools=self.tool_memory_limit_number if self.include_tool_memory else 0,
            skills=self.skill_limit_number if self.include_skill else 0,
            threshold=self.relativity,
            as_of=self.as_of,
        )


class GetMemoryRequest(Request):
    user_id: UserId
    page: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 1
    size: Annotated[int, UpTo("page_size", least=1)] = Field(default=10, description="Memories of each kind on a page.")
    filter: FilterObject | None = None
    include_preference: bool = True
    include_tool_memory: bool = True

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    def reach(self) -> tuple[Reach, ...]:
        """Raises `Invalid` or `Empty` for a malformed filter."""
        return reaches(self.user_id, dict.fromkeys(OwnerKind, read_filter(self.filter)))


class DeleteMemoryRequest(Request):
    """Exactly one of the two."""

    memory_ids: Annotated[list[Id], Count(MAX_DELETED)] | None = None
    user_id: UserId | None = None

    def ids(self) -> tuple[MemoryId, ...]:
        """Each once, in the order given."""
        return tuple(map(MemoryId, dict.fromkeys(self.memory_ids or ())))
