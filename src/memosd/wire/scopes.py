"""Whose memories a request may see, and which of them: filters and knowledge bases."""

from collections.abc import Mapping, Sequence
from typing import Any

from memosd.domain.errors import ForeignKnowledgeBase, Invalid, NoSuchKnowledgeBase
from memosd.domain.files import KnowledgeBase
from memosd.domain.filters import EVERYTHING, Filter, parse_filter
from memosd.domain.ids import KnowledgeBaseId, ProjectId
from memosd.domain.scope import Owner, OwnerKind, Reach
from memosd.ports.files import FileStore

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


def reaches(user: str, where: Mapping[OwnerKind, Filter], bases: Sequence[KnowledgeBaseId] = ()) -> tuple[Reach, ...]:
    """The user's own memories, the project's public ones, and those of the named knowledge bases."""
    return (
        Reach(Owner.user(user), where[OwnerKind.USER]),
        Reach(Owner.public(), where[OwnerKind.PUBLIC]),
        *(Reach(Owner.base(base), where[OwnerKind.KNOWLEDGE_BASE]) for base in bases),
    )


async def named_bases(
    files: FileStore, project: ProjectId, ids: Sequence[str], *, path: str, every: bool = False
) -> list[KnowledgeBase]:
    """The project's bases of these ids, each once; with `every`, "all" stands for every one.

    Raises `NoSuchKnowledgeBase` or `ForeignKnowledgeBase` for the first that is none of them.
    """
    if not ids:
        return []
    if every and EVERY_KNOWLEDGE_BASE in ids:
        return await files.bases(project)
    asked = list(dict.fromkeys(map(KnowledgeBaseId, ids)))
    known = await files.bases_named(asked)
    for i, named in enumerate(ids):
        base = known.get(KnowledgeBaseId(named))
        if base is None:
            raise NoSuchKnowledgeBase(f"{path}[{i}]: there is no knowledge base '{named}'")
        if base.project != project:
            raise ForeignKnowledgeBase(f"{path}[{i}]: the knowledge base '{named}' is not of this project")
    return [known[each] for each in asked]
