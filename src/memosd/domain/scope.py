"""Whose a memory is, and what a search may see."""

from dataclasses import dataclass
from enum import StrEnum

from memosd.domain.filters import EVERYTHING, Filter


class OwnerKind(StrEnum):
    USER = "user"
    PUBLIC = "public"
    KNOWLEDGE_BASE = "knowledgebase"


@dataclass(frozen=True, slots=True)
class Owner:
    """The one owner of a memory inside its project: a user, the project's public, or a knowledge base."""

    kind: OwnerKind
    id: str = ""

    @classmethod
    def user(cls, user_id: str) -> "Owner":
        return cls(OwnerKind.USER, user_id)

    @classmethod
    def public(cls) -> "Owner":
        return cls(OwnerKind.PUBLIC)

    @classmethod
    def base(cls, knowledge_base: str) -> "Owner":
        return cls(OwnerKind.KNOWLEDGE_BASE, knowledge_base)

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Reach:
    """One owner whose memories a request may see, narrowed by a filter."""

    owner: Owner
    where: Filter = EVERYTHING
