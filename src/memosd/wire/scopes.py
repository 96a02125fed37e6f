"""Whose memories a request may see, and which of them: filters and knowledge bases."""

from collections.abc import Mapping, Sequence
from typing import Any

from memosd.domain.errors import Invalid, NoSuchKnowledgeBase
from memosd.domain.filters import EVERYTHING, Filter, parse_filter
from memosd.domain.scope import Owner, OwnerKind, Reach

EVERY_KNOWLEDGE_BASE = "all"
_SOURCES = frozenset(OwnerKind)


def read_filter(value: Mapping[str, Any] | None, *, path: str = "filter") -> Filter:
    """One filter; an empty object narrows nothing. Raises `Invalid` or `Empty` naming the part that is wrong."""
    return parse_filter(value, path=path) if value else EVERYTHING


def read_filters(value: Mapping[str, Any] | None) -> Mapping[OwnerKind, Filter]:
    """One filter for all sources, or one filter for each source that is named; a source not named is not narrowed."""
    if not value or not any(
        key in _SOURCES and (inner is None or isinstance(inner, dict)) for key, inner in value.items()
    ):
        return dict.fromkeys(OwnerKind, read_filter(value))
    found: dict[OwnerKind, Filter] = dict.fromkeys(OwnerKind, EVERYTHING)
    for key, inner in value.items():
        if key not in _SOURCES or not (inner is None or isinstance(inner, dict)):
            raise Invalid(
                f"filter.{key}: either one filter, or filters under 'user', 'public' and 'knowledgebase' only"
            )
        found[OwnerKind(key)] = read_filter(inner, path=f"filter.{key}")
    return found


def reaches(user: str, where: Mapping[OwnerKind, Filter]) -> tuple[Reach, ...]:
    """The user's own memories and the project's public ones."""
    return (Reach(Owner.user(user), where[OwnerKind.USER]), Reach(Owner.public(), where[OwnerKind.PUBLIC]))


def known_bases(ids: Sequence[str], *, path: str, every: bool = False) -> None:
    """Raises `NoSuchKnowledgeBase` for a named one: a project has none yet. With `every`, "all" names none of them."""
    for i, named in enumerate(ids):
        if not (every and named == EVERY_KNOWLEDGE_BASE):
            raise NoSuchKnowledgeBase(f"{path}[{i}]: this project has no knowledge base '{named}'")
