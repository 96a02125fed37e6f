"""Carrying out what a model proposes to change, as far as nothing speaks against it.

It comes after the local judgement, which stays as it is: a proposal can take the place of a known memory or join a new
one to it, and both stay in the history. It cannot delete, and it cannot touch what it was not shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from memosd.domain.changes import REPEATED, Add, Change, Retire, Revise
from memosd.domain.ids import MemoryId
from memosd.domain.memories import Content
from memosd.extraction.history import with_past
from memosd.extraction.resolve import SUPERSEDED
from memosd.ports.models import Vectors
from memosd.ports.reading import Bearing, Proposal
from memosd.ports.storage import Ranked

NEAR = 0.15
"""Cosine below which two memories are about different things, whatever a model says."""
MOST_KEYS = 8
"""Of a memory that was said again and again, the first ones."""


def with_proposals(
    changes: Sequence[Change],
    proposals: Sequence[Proposal],
    *,
    contents: Sequence[Content],
    vectors: Sequence[Vectors],
    known: Mapping[MemoryId, Ranked],
) -> list[Change]:
    """The changes with those of the proposals that can be made. vectors: of each content; known: what was shown."""
    made = list(changes)
    for proposal in proposals:
        content, old = contents[proposal.content], known.get(proposal.known)
        place = next((i for i, change in enumerate(made) if _writes(change, content)), None)
        if old is None or place is None or not _near(vectors[proposal.content], old):
            continue
        writing = made[place]
        assert isinstance(writing, Add | Revise)
        judged = [change for change in made if change.id == proposal.known]
        if judged and not (proposal.bearing is Bearing.REPEATS and _is_superseded(judged, writing.id)):
            continue
        if proposal.bearing is Bearing.SUPERSEDES:
            made[place] = replace(writing, content=with_past(writing.content, old.memory.content))
            made.append(Retire(proposal.known, SUPERSEDED, replaced_by=writing.id, version=old.memory.version))
        else:
            made[place] = Revise(proposal.known, _joined(old.memory.content, content), version=old.memory.version)
            made = [change for change in made if change not in judged]
            if isinstance(writing, Revise):
                made.append(Retire(writing.id, REPEATED, replaced_by=proposal.known, version=writing.version))
    return made


def _writes(change: Change, content: Content) -> bool:
    if not isinstance(change, Add | Revise):
        return False
    return change.content.kind is content.kind and change.content.keys[:1] == content.keys[:1]


def _is_superseded(changes: Sequence[Change], by: MemoryId) -> bool:
    return all(isinstance(change, Retire) and change.replaced_by == by for change in changes)


def _near(vectors: Vectors, old: Ranked) -> bool:
    return bool(len(old.vectors)) and float((old.vectors @ vectors[0]).max()) >= NEAR


def _joined(known: Content, new: Content) -> Content:
    """The known words, which now rest on the new messages, too, and are found by the words of both talks."""
    return replace(
        known,
        sources=tuple(dict.fromkeys((*known.sources, *new.sources))),
        tags=tuple(dict.fromkeys((*known.tags, *new.tags))),
        keys=tuple(dict.fromkeys((*(known.keys or (known.value,)), *new.keys)))[:MOST_KEYS],
        terms=tuple(dict.fromkeys((*known.terms, *new.terms))),
    )
