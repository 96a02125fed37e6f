"""Which memories a correction means, and what they say once it is made."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memosd.domain.ids import MemoryId, MessageId
from memosd.domain.memories import Content, Kind
from memosd.extraction import wording
from memosd.extraction.evolution import Judge, Relation, Statement
from memosd.extraction.feedback.reading import Feedback
from memosd.extraction.feedback.replacing import CONFIDENCE, part_with, put, stands_in, worded_anew
from memosd.extraction.feedback.restating import restated
from memosd.extraction.history import said
from memosd.extraction.titles import TITLE
from memosd.language.names import names
from memosd.language.script import Language, language_of
from memosd.language.sentences import clip
from memosd.language.terms import terms
from memosd.ports.models import Vector
from memosd.ports.storage import Ranked

ABOUT = 0.5
"""The share of the words a correction is about that a memory which it means has, or ..."""
NEAR = 0.4
"""... the cosine of the two. About 0 is unrelated."""
NEAREST = 0.12
"""Memories that a correction means lie at most so much farther from it than the nearest of them."""
CHANGED = 0.25
"""The probability that one statement has changed the other from which a correction, said to be one, means it."""
CERTAIN = 0.55
"""Cosine from which the nearest memory is meant by a statement that something is wrong, if no other is as near."""
SAME = 0.6
"""The same, as a share of its words or a cosine, of what is to be forgotten."""
MOST = 5
"""Memories that one correction can mean."""

_MARK = {"zh": "更正：", "en": "Correction: "}
_TAG = {"zh": "更正", "en": "correction"}
_COPULA = re.compile(r"\s*(?:是|为|為|定|在|[:：]|\b(?:is|are|was|were|on|at|in)\b)")


@dataclass(frozen=True, slots=True)
class Meant:
    """A known memory that a correction means; `near` is the cosine of the two."""

    ranked: Ranked
    near: float


def meant_by_word(feedback: Feedback, vector: Vector, known: Sequence[Ranked]) -> list[Meant]:
    """The memories that say the old word and are about what the correction is about; the latest if it tells no more."""
    subject = set(terms(feedback.about)) - set(terms(feedback.new)) - set(terms(feedback.old))
    found = []
    for ranked, near in _measured(vector, known):
        if stands_in(feedback.old, said(ranked.memory.content)):
            share = len(subject & ranked.words) / len(subject) if subject else 1.0
            if share >= ABOUT or near >= NEAR:
                found.append(Meant(ranked, near))
    if not subject:
        latest = max((each.ranked.memory.content.said_at for each in found), default=None)
        found = [each for each in found if each.ranked.memory.content.said_at == latest]
    return _nearest(found)


def is_setting(feedback: Feedback, content: Content) -> bool:
    """Whether 'change X to Y' names with X not the value but the thing that has it: 'the meeting time' is on Friday."""
    text = said(content)
    at = text.find(feedback.old)
    return at >= 0 and _COPULA.match(text, at + len(feedback.old)) is not None


def meant_by_value(text: str, vector: Vector, known: Sequence[Ranked]) -> list[tuple[Meant, tuple[str, str]]]:
    """The memory that says what a statement, said to be a correction, says with one other value, and what else was made
    of its messages and says so; each with that value and the one in its place. See `restating`."""
    found = [
        (Meant(ranked, near), values)
        for ranked, near in _measured(vector, known)
        if ranked.memory.content.kind is not Kind.PASSAGE and (values := restated(text, said(ranked.memory.content)))
    ]
    if not found:
        return []
    sources = set(max(found, key=lambda each: each[0].near)[0].ranked.memory.content.sources)
    return [each for each in found if sources & set(each[0].ranked.memory.content.sources)][:MOST]


def meant_by_statement(text: str, vector: Vector, known: Sequence[Ranked], *, sure: bool = False) -> list[Meant]:
    """The memories that a statement, said to be a correction, changes.

    sure: something is wrong for certain; then, if the judge finds none, the nearest is meant if it stands out.
    """
    new = Statement.of(text, vector)
    found = []
    for ranked, near in _measured(vector, known):
        content = ranked.memory.content
        if near < NEAR / 2 or content.kind is Kind.PASSAGE:
            continue
        old = Statement.of(said(content), ranked.vectors[0])
        [relations] = Judge.load()([old], new)
        changed = relations[Relation.SUPERSEDES] + relations[Relation.RETIRES]
        if changed >= CHANGED and relations[Relation.REPEATS] < changed:
            found.append(Meant(ranked, near))
    if sure and not found:
        measured = _measured(vector, [r for r in known if r.memory.content.kind is not Kind.PASSAGE])
        best = max((near for _, near in measured), default=0.0)
        close = [Meant(ranked, near) for ranked, near in measured if near >= best - NEAREST]
        about_one = len({source for each in close for source in each.ranked.memory.content.sources}) <= 2
        return close if best >= CERTAIN and about_one else []
    return _nearest(found)


def meant_to_be_forgotten(text: str, vector: Vector, known: Sequence[Ranked]) -> list[Meant]:
    """The memories that say what is not to be remembered."""
    words = set(terms(text))
    found = [
        Meant(ranked, near)
        for ranked, near in _measured(vector, known)
        if ranked.memory.content.kind is not Kind.PASSAGE
        and (near >= SAME or (len(words & ranked.words) >= SAME * len(words) and near >= NEAR / 2))
    ]
    return _nearest(found)


def passages_about(text: str, vector: Vector, known: Sequence[Ranked]) -> list[Meant]:
    """The memories of a base that a statement bears on."""
    words = set(terms(text))
    found = [
        Meant(ranked, near)
        for ranked, near in _measured(vector, known)
        if near >= NEAR and len(words & ranked.words) >= ABOUT * len(words)
    ]
    return _nearest(found)


def _measured(vector: Vector, known: Sequence[Ranked]) -> list[tuple[Ranked, float]]:
    return [(ranked, float((ranked.vectors @ vector).max())) for ranked in known if len(ranked.vectors)]


def _nearest(found: list[Meant]) -> list[Meant]:
    best = max((each.near for each in found), default=0.0)
    return sorted((e for e in found if e.near >= best - NEAREST), key=lambda e: -e.near)[:MOST]


def corrected(content: Content, feedback: Feedback, *, source: MessageId, at: datetime) -> Content | None:
    """A memory as it should say, from what it said and the words that take the place of the old. None if the feedback
    does not tell these."""
    new = feedback.new if feedback.new and feedback.statement else ""
    new = _in_place_of(feedback, said(content)) or new
    return with_value(content, replace(feedback, new=new), source=source, at=at) if new else None


def with_value(content: Content, feedback: Feedback, *, source: MessageId, at: datetime) -> Content:
    """A memory as it should say, with the new words of the feedback for the old ones."""
    changed = worded_anew(content, feedback.old, feedback.new, told_at=at)
    _, value = wording.undated(changed.value)
    stated = (feedback.statement,) if terms(feedback.statement) else ()
    return marked(
        replace(
            changed,
            value=wording.dated(value, at),
            keys=tuple(dict.fromkeys((*changed.keys, *stated))),
            terms=tuple(terms(f"{value} {feedback.statement}")),
            entities=names(value),
            said_at=at,
            sources=(source, *content.sources),
        )
    )


def _in_place_of(feedback: Feedback, text: str) -> str:
    """What the statement says where the memory has the old word: what follows the same words before it."""
    at = text.find(feedback.old)
    head = text[max(0, at - 12) : at] if at > 0 else ""
    for start in range(len(head)):
        before = head[start:]
        if before.strip() and len(before.strip()) > 1 and (place := feedback.statement.find(before)) >= 0:
            new = feedback.statement[place + len(before) :].strip(" .。，,")
            return _without(new, text[at + len(feedback.old) :])
    return ""


def _without(new: str, rest: str) -> str:
    """What is new, less the words at its end that follow the old word, too: 'silver' of 'silver car'."""
    for end in range(min(len(rest), len(new) - 1), 1, -1):
        if new.endswith(rest[:end].rstrip(" .。，,")) and rest[:end].strip(" .。，,"):
            return new[: -len(rest[:end].rstrip(" .。，,"))].rstrip()
    return new


def marked(content: Content, *, corrects: Sequence[MemoryId] = ()) -> Content:
    """The content as a correction, in so many words, and above what it corrects."""
    language: Language = "zh" if content.language == "zh" else "en"
    day, rest = wording.undated(content.value)
    mark = _MARK[language]
    return replace(
        content,
        value=f"{day}{'' if rest.startswith(mark) else mark}{rest}",
        tags=tuple(dict.fromkeys((_TAG[language], *content.tags))),
        confidence=CONFIDENCE,
        detail={**content.detail, "correction": True, **({"corrects": list(corrects)} if corrects else {})},
    )


def of_passages(feedback: Feedback, meant: Sequence[Meant], *, source: MessageId, at: datetime) -> Content:
    """A correction of what documents say: these stay as they are, and it stands above them."""
    text = feedback.statement
    keys = [text]
    if feedback.old and feedback.new:
        parts = (part_with(feedback.old, said(each.ranked.memory.content)) for each in meant)
        keys += [put(clip(part, characters=400), feedback.old, feedback.new) for part in parts if part]
    content = Content(
        kind=Kind.FACT,
        title=clip(text, characters=TITLE),
        value=wording.dated(text, at),
        said_at=at,
        sources=(source,),
        keys=tuple(dict.fromkeys(keys)),
        terms=tuple(terms(" ".join(keys))),
        entities=names(text),
        language=language_of(text),
    )
    return marked(content, corrects=[each.ranked.memory.id for each in meant])
