"""Holding new contents against what is known, without a model."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from memosd.domain.changes import REPEATED, Add, Change, Retire, Revise
from memosd.domain.ids import MemoryId, new_id
from memosd.domain.memories import Content, Memory

NOT_KEPT = "nothing worth keeping"
REWORDED = "taken up by another memory of the same talk"


@dataclass(frozen=True, slots=True)
class LocalResolver:
    """The refined form takes the place, and the id, of the draft it was made from; a repetition joins what it repeats.

    A repetition keeps the known memory and gives it the new sources, so that both stay traceable.
    """

    async def resolve(
        self, contents: Sequence[Content], *, earlier: Sequence[Memory], nearby: Sequence[Sequence[Memory]]
    ) -> list[Change]:
        changes: list[Change] = []
        free = {memory.id: memory for memory in earlier}
        for content, known in zip(contents, nearby, strict=True):
            place = _place(content, free.values())
            same = next((m for m in known if m.id not in free and _repeats(content, m.content)), None)
            if same:
                sources = tuple(dict.fromkeys((*same.content.sources, *content.sources)))
                changes.append(Revise(same.id, replace(same.content, sources=sources)))
                if place:
                    changes.append(Retire(free.pop(place).id, REPEATED, replaced_by=same.id))
            elif place:
                free.pop(place)
                changes.append(Revise(place, content))
            else:
                changes.append(Add(MemoryId(new_id("mem")), content))
        changes.extend(_leftovers(free.values(), changes))
        return changes


def _place(content: Content, candidates: Iterable[Memory]) -> MemoryId | None:
    """The earlier memory of the same kind that shares the most sources; the earliest of equals."""
    best: tuple[int, MemoryId | None] = (0, None)
    for memory in candidates:
        shared = len(set(content.sources) & set(memory.content.sources))
        if memory.content.kind is content.kind and shared > best[0]:
            best = (shared, memory.id)
    return best[1]


def _repeats(new: Content, old: Content) -> bool:
    return new.kind is old.kind and new.view is old.view and bool(new.keys) and new.keys == old.keys


def _leftovers(memories: Iterable[Memory], changes: Sequence[Change]) -> Iterator[Change]:
    """Earlier memories of the same messages whose place no content took."""
    kept = [c for c in changes if isinstance(c, Add | Revise)]
    for memory in memories:
        heir = next((c.id for c in kept if set(c.content.sources) & set(memory.content.sources)), None)
        yield Retire(memory.id, REWORDED if heir else NOT_KEPT, replaced_by=heir)
