"""Holding new contents against what is known, without a model of language.

A repetition joins what it repeats. What has changed takes the place of the known memory, which is retired and stays in
the history; a known memory that says more than what has changed stays, and is told the news. All else is added.
What counts is when things were said, not when they arrived: an old message that comes late changes nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np

from memosd.domain.changes import REPEATED, Add, Change, Retire, Revise
from memosd.domain.ids import MemoryId, MessageId, new_id
from memosd.domain.memories import Content, Kind, Memory, Stage, View
from memosd.extraction.evolution import (
    CHANGE,
    REPEAT,
    SENTENCES,
    SIZE,
    SURE,
    Judge,
    Relation,
    Statement,
    compatible,
    facts,
    hinted,
    other_subject,
    same_subject,
    same_words,
)
from memosd.extraction.history import said, with_news, with_notes_of, with_past
from memosd.extraction.questions import only_asks
from memosd.extraction.requests import is_request
from memosd.language.sentences import sentences
from memosd.ports.models import Vector, Vectors
from memosd.ports.storage import Ranked

NOT_KEPT = "nothing worth keeping"
REWORDED = "taken up by another memory of the same talk"
SUPERSEDED = "superseded by a newer memory"
ENDED = "said to be true no longer"

NEAR = 0.15
"""Cosine from which two memories are compared at all."""
BESIDE = 4
"""Memories of the same batch that a new one is held against."""
MOST = 2
"""Known memories that one new memory can change."""
PARTS = 6
"""Sentences; a longer memory is left as it is."""
CLEARLY = 0.12
"""Cosine by which the memory meant lies nearer than the middle one of those around."""
FAR_LIKELIER = 2.0
"""Times as probable: the judge itself tells which memory is meant."""
OWN_WORDS = 2
"""Words that the memory meant shares with the new one, and none of the others around does: they tell a subject."""
MARGIN = 0.06
"""What changes something lies nearer to it than to all else, or at most by so much less."""
TALK = timedelta(hours=1)
"""What was said closer together belongs to one talk: who changes their mind there says so."""


@dataclass(frozen=True, slots=True)
class LocalResolver:
    """The refined form takes the place, and the id, of the draft it was made from. Stateless and safe to share."""

    async def resolve(
        self,
        contents: Sequence[Content],
        *,
        vectors: Sequence[Vectors],
        earlier: Sequence[Memory],
        nearby: Sequence[Sequence[Ranked]],
    ) -> list[Change]:
        return await asyncio.to_thread(_resolve, contents, vectors, earlier, nearby)


@dataclass(slots=True)
class _Known:
    """A live memory as it will be after the changes made so far. text, vector: of its first key, before them.
    version: before them, too; 1 of a new one."""

    id: MemoryId
    content: Content
    text: str
    vector: Vector
    version: int = 1
    _statement: Statement | None = None

    @classmethod
    def of(cls, id: MemoryId, content: Content, vector: Vector, version: int = 1) -> "_Known":
        return cls(id, content, (content.keys or (content.value,))[0], vector, version)

    @property
    def statement(self) -> Statement:
        """The text prepared for comparison, when that is first asked for: many of those around are not compared."""
        if self._statement is None:
            self._statement = Statement.of(self.text, self.vector)
        return self._statement

    @property
    def asks(self) -> bool:
        """Whether it is a question only. A preference is none in any form: 'Could you always answer in French?'"""
        return self.content.kind is not Kind.PREFERENCE and only_asks(self.text)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one memory is to another known one. `first`: the known one was said first; `whole`: the older one has been
    judged as a whole, and not by its one sentence that comes nearest; `hinted`: see `evolution.hinted`; `apart`: they
    were not said in one talk; `same_subject`: see `evolution.same_subject` and `evolution.other_subject`."""

    known: _Known
    relations: Mapping[Relation, float]
    first: bool
    whole: bool
    hinted: bool
    apart: bool = True
    same_subject: bool = True

    @property
    def repeats(self) -> bool:
        return self.whole and self.relations[Relation.REPEATS] >= REPEAT

    @property
    def change(self) -> float:
        return self.relations[Relation.SUPERSEDES] + self.relations[Relation.RETIRES]

    @property
    def changes(self) -> bool:
        if not self.same_subject:
            return False
        if not (self.whole and self.apart):
            return self.hinted and self.change >= SURE
        return self.change >= (CHANGE if self.hinted else SURE)


@dataclass(slots=True)
class _Resolution:
    """The changes so far: at most one writing a memory."""

    written: dict[MemoryId, Add | Revise] = field(default_factory=dict)
    retired: dict[MemoryId, Retire] = field(default_factory=dict)
    beside: list[_Known] = field(default_factory=list)

    def write(self, known: _Known, content: Content) -> None:
        """Give a memory its next content; what this batch has added stays an addition."""
        known.content = content
        before = self.written.get(known.id)
        revised = Revise(known.id, content, version=known.version)
        self.written[known.id] = replace(before, content=content) if before else revised

    def retire(self, known: _Known, *, because: str, replaced_by: MemoryId) -> None:
        self.retired[known.id] = Retire(known.id, because, replaced_by, version=known.version)


def compared(old: Ranked, new: Ranked, *, judge: Judge | None = None) -> dict[str, float] | None:
    """What both memories say of the second having taken the place of the first, as `retrieval.succession` reads it.

    None where it cannot have, or where there is no telling: what was said earlier or in one talk, by another speaker or
    of another subject, and what tells more than one thing, since the rest of it may still hold. A task once given is no
    state, and a question states none. judge: the trained one if not given.
    """
    was, now = old.memory.content, new.memory.content
    if not (len(old.vectors) and len(new.vectors) and _comparable(now, was) and was.view is View.USER):
        return None
    known, newer = (_Known.of(r.memory.id, r.memory.content, r.vectors[0]) for r in (old, new))
    first, later = known.statement, newer.statement
    one_thing = first.single and later.single and not first.several
    if now.said_at - was.said_at < TALK or not one_thing or is_request(known.text):
        return None
    if known.asks or newer.asks:
        return None
    if first.speaker != later.speaker or not same_subject(first, later) or other_subject(first, later):
        return None
    [relations] = (judge or Judge.load())([first], later)
    return {
        "change": relations[Relation.SUPERSEDES] + relations[Relation.RETIRES],
        "extends": relations[Relation.EXTENDS],
        "cosine": float(first.vector @ later.vector),
        "hinted": float(hinted(first, later)),
        "size of old": first.size / SIZE,
        "size of new": later.size / SIZE,
        "sentences of old": first.sentences / SENTENCES,
        **{f"{cue} in old": first.cue(cue) for cue in ("occasion", "outlook")},
        **{f"{cue} in new": later.cue(cue) for cue in ("lasting", "changed", "ended", "outlook")},
    }


def _resolve(
    contents: Sequence[Content],
    vectors: Sequence[Vectors],
    earlier: Sequence[Memory],
    nearby: Sequence[Sequence[Ranked]],
) -> list[Change]:
    resolution = _Resolution()
    # What a person corrected or put away has its messages settled: nothing more is made of them.
    settled = [memory for memory in earlier if not memory.active or memory.content.stage is Stage.CORRECTED]
    spoken_for = {source for memory in settled for source in memory.content.sources}
    taken = {memory.id for memory in earlier}
    free = {memory.id: memory for memory in earlier if memory not in settled}
    known = {r.memory.id: r for around in nearby for r in around if r.memory.id not in taken and len(r.vectors)}
    live = {name: _Known.of(name, r.memory.content, r.vectors[0], r.memory.version) for name, r in known.items()}
    left_out: set[MessageId] = set()
    # Preferences first: a fact of the same words then finds the known preference already replaced by a preference.
    order = sorted(range(len(contents)), key=lambda i: contents[i].kind is not Kind.PREFERENCE)
    for i in order:
        content, around = contents[i], [live[r.memory.id] for r in nearby[i] if r.memory.id in live]
        if spoken_for & set(content.sources):
            left_out.update(content.sources)
            continue
        place = _place(content, free.values())
        if place:
            del free[place.id]
            content = _in_place_of(place, content)
        _hold(resolution, content, vectors[i][0], place, around)
    changes: list[Change] = [*resolution.written.values(), *resolution.retired.values()]
    changes.extend(_leftovers(free.values(), changes, left_out))
    return changes


def _in_place_of(draft: Memory, content: Content) -> Content:
    """The new form of a memory. A first form has a second version only where a person gave it another title."""
    titled = draft.content.stage is Stage.DRAFT and draft.version > 1
    content = replace(content, title=draft.content.title) if titled else content
    return with_notes_of(content, draft.content)


def _hold(
    resolution: _Resolution, content: Content, vector: Vector, place: Memory | None, around: Sequence[_Known]
) -> None:
    """Hold one content against the memories around it and those of its batch, and note what comes of it."""
    name, version = (place.id, place.version) if place else (MemoryId(new_id("mem")), 1)
    new = _Known.of(name, content, vector, version)
    near = [known for known in (*around, *_beside(resolution, vector)) if known.id not in resolution.retired]
    near = [known for known in near if _comparable(content, known.content)]
    verdicts = [verdict for known in near if (verdict := _judged(new, known))]
    same = next((v.known for v in verdicts if v.repeats and v.known.content.kind is content.kind), None)
    if same:
        resolution.write(same, _merged(same.content, content))
        if place:
            resolution.retire(new, because=REPEATED, replaced_by=same.id)
        return
    resolution.written[new.id] = Revise(new.id, content, version=version) if place else Add(new.id, content)
    meant = _standing_out(new, near) | _alone(verdicts)
    changed = [v for v in verdicts if v.changes and v.known.id in meant and not _timeless(new, v.known)]
    for verdict in sorted(changed, key=lambda v: -v.change)[:MOST]:
        _supersede(resolution, new, verdict)
    resolution.beside.append(new)


def _timeless(new: _Known, known: _Known) -> bool:
    """One task given, or question asked, after another changes nothing, however alike they are."""
    return new.asks or (is_request(new.text) and is_request(known.text))


def _supersede(resolution: _Resolution, new: _Known, verdict: _Verdict) -> None:
    old, newer = (verdict.known, new) if verdict.first else (new, verdict.known)
    if not (verdict.whole and old.statement.simple):
        resolution.write(old, with_news(old.content, newer.content))
        return
    resolution.write(newer, with_past(newer.content, old.content))
    ended = verdict.relations[Relation.RETIRES] > verdict.relations[Relation.SUPERSEDES]
    resolution.retire(old, because=ENDED if ended else SUPERSEDED, replaced_by=newer.id)


def _judged(new: _Known, known: _Known) -> _Verdict | None:
    """What the new memory is to the known one, or, where that was said later, what it is to the new one. None if there
    is no telling, as of long talk, or of a question and
    what is none: a question states nothing."""
    first = known.content.said_at <= new.content.said_at
    if known.content.keys and new.content.keys and same_words(known.text, new.text):
        same = {relation: float(relation is Relation.REPEATS) for relation in Relation}
        return _Verdict(known, same, first, whole=True, hinted=False)
    if known.content.view is not View.USER or float(known.vector @ new.vector) < NEAR:
        return None
    if known.asks is not new.asks:
        return None
    old, newer = (known, new) if first else (new, known)
    if not newer.statement.single:
        return None

    def verdict(statement: Statement) -> _Verdict:
        [relations] = Judge.load()([statement], newer.statement)
        if not compatible(statement, newer.statement):
            relations = _without(Relation.REPEATS, relations)
        apart = newer.content.said_at - old.content.said_at >= TALK
        agreed = same_subject(statement, newer.statement) and not other_subject(statement, newer.statement)
        told = hinted(statement, newer.statement)
        return _Verdict(known, relations, first, statement is old.statement, told, apart, agreed)

    whole = verdict(old.statement) if old.statement.single else None
    if whole and (whole.repeats or not old.statement.several):
        return whole
    part = _nearest_part(old, newer)
    return verdict(part) if part else None


def _without(excluded: Relation, relations: Mapping[Relation, float]) -> dict[Relation, float]:
    """The probabilities, once one relation is known not to hold."""
    rest = max(1e-9, 1 - relations[excluded])
    return {relation: 0.0 if relation is excluded else share / rest for relation, share in relations.items()}


def _nearest_part(old: _Known, newer: _Known) -> Statement | None:
    """The sentence of a longer memory, or the fact of a sentence that tells several, which shares the most words with a
    newer one."""
    if old.statement.sentences > PARTS:
        return None
    told = sentences(said(old.content))
    parts = [Statement.of(part, old.vector) for one in told for part in facts(one) or (one,)]
    best = max(parts, key=lambda part: len(part.terms & newer.statement.terms), default=None)
    return best if best and best.single and best.terms & newer.statement.terms else None


def _comparable(new: Content, known: Content) -> bool:
    """Whether one can bear on the other. What is made of the same messages says two things, not one thing twice."""
    kinds = new.kind is known.kind or (new.kind is Kind.FACT and known.kind is Kind.PREFERENCE)
    apart = not set(new.sources) & set(known.sources)
    return kinds and apart and new.view is known.view and known.stage is not Stage.DRAFT


def _standing_out(new: _Known, near: Sequence[_Known]) -> set[MemoryId]:
    """Those that the new memory may be about, of several near ones.

    Where many memories are of one form ('the … of … is …'), all are near: then it is the words that only one shares
    with the new memory, its subject, that tell which is meant. Else it is the one that lies clearly nearer than others.
    """
    if not near:
        return set()
    cosines = np.array([known.vector for known in near]) @ new.vector
    shared = [{term for term in known.statement.terms & new.statement.terms if len(term) > 1} for known in near]
    counts = Counter(term for terms in shared for term in terms)
    usual = float(np.median(cosines)) if len(near) > 2 else 0.0
    return {
        known.id
        for known, cosine, terms in zip(near, cosines.tolist(), shared, strict=True)
        if cosine >= cosines.max() - MARGIN
        and (cosine >= usual + CLEARLY or sum(counts[term] == 1 for term in terms) >= OWN_WORDS)
    }


def _alone(verdicts: Sequence[_Verdict]) -> set[MemoryId]:
    """The one that the new memory changes `FAR_LIKELIER` than any other near it, if there is one."""
    likeliest = sorted(verdicts, key=lambda verdict: -verdict.change)[:2]
    second = likeliest[1].change if len(likeliest) > 1 else 0.0
    return {v.known.id for v in likeliest[:1] if v.change >= FAR_LIKELIER * second}


def _beside(resolution: _Resolution, vector: Vector) -> list[_Known]:
    """The nearest of the batch so far."""
    if not resolution.beside:
        return []
    cosines = np.array([known.vector for known in resolution.beside]) @ vector
    return [resolution.beside[i] for i in np.argsort(-cosines, kind="stable")[:BESIDE]]


def _merged(known: Content, new: Content) -> Content:
    """One content with the sources of both, in the newest words unless these leave something out, or a person chose the
    known ones."""
    older, newer = (known, new) if known.said_at <= new.said_at else (new, known)
    kept = newer if len(said(newer)) >= 0.7 * len(said(older)) else older
    kept = known if known.stage is Stage.CORRECTED else kept
    kept = with_notes_of(kept, known)
    tags = tuple(dict.fromkeys((*kept.tags, *known.tags)))
    return replace(kept, sources=tuple(dict.fromkeys((*known.sources, *new.sources))), tags=tags)


def _place(content: Content, candidates: Iterable[Memory]) -> Memory | None:
    """The earlier memory of the same kind that shares the most sources; the earliest of equals."""
    best: tuple[int, Memory | None] = (0, None)
    for memory in candidates:
        shared = len(set(content.sources) & set(memory.content.sources))
        if memory.content.kind is content.kind and shared > best[0]:
            best = (shared, memory)
    return best[1]


def _leftovers(memories: Iterable[Memory], changes: Sequence[Change], left_out: set[MessageId]) -> Iterator[Change]:
    """Earlier memories of the same messages whose place no content took. One of messages that a content was left out of
    stays as it was said: no other form of it is coming."""
    kept = [c for c in changes if isinstance(c, Add | Revise)]
    for memory in memories:
        heir = next((c.id for c in kept if set(c.content.sources) & set(memory.content.sources)), None)
        if heir is None and left_out & set(memory.content.sources):
            if memory.content.stage is Stage.DRAFT:
                yield Revise(memory.id, replace(memory.content, stage=Stage.REFINED), version=memory.version)
            continue
        yield Retire(memory.id, REWORDED if heir else NOT_KEPT, replaced_by=heir, version=memory.version)
