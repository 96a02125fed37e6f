"""Of two memories of one state the newer stands first, also where it was not certain enough to retire the older.

Retiring is for good, and asks for much certainty. Whether to show the older one is asked anew by each question, and a
doubt is enough to weigh by: relativity is the probability that a memory helps to answer, so the older one keeps the
share with which it still holds, and the newer one is worth at least the other share of what the older one was worth.
Nothing is stored, and with a threshold of 0 both are returned. Preferences are left as they are: those of one user are
alike in form, and hold side by side.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from memosd.domain.memories import Kind
from memosd.language.terms import terms
from memosd.ports.storage import Ranked
from memosd.retrieval.question import Question
from memosd.retrieval.score import Candidate

Replaced = Callable[[Ranked, Ranked], float]
"""How probably the second memory has taken the place of the first, by what both say."""
OLDER, FOREMOST = 4, 10
"""Candidates that may be out of date, and those of which one may have taken their place: the best."""
WORTH = 0.3
"""Relativity from which an older memory is worth the question."""
CLEARLY = 0.25
"""Cosine by which the one that took the place lies nearer to the older one than the middle one of the others does:
where many memories are of one form, nearness tells nothing."""
LEAST = 0.2
"""Probability below which nothing is weighed."""
SAME_FORM, SUBJECT = 0.5, 0.3
"""Share of the words of the shorter one from which two memories are of one form, and share of what the question names
in the one from which the other is of another subject when it lacks that."""
TOGETHER = 4.0
"""Times by which the odds grow since one question has brought both forward: it asks for one thing."""


def successors_first(scored: Sequence[Candidate], question: Question, replaced: Replaced) -> list[Candidate]:
    """The candidates, best first. A question of how things stood before leaves them as they are."""
    if question.former:
        return list(scored)
    weighed, foremost = list(scored), scored[:FOREMOST]
    for i, old in enumerate(foremost[:OLDER]):
        if old.relativity < WORTH:
            break
        if old.ranked.memory.content.kind is Kind.PREFERENCE:
            continue
        j = _nearest(i, foremost)
        doubt = _doubt(old, foremost[j], question, replaced) if j is not None else 0.0
        if j is None or doubt < LEAST:
            continue
        doubt = TOGETHER * doubt / (1 + (TOGETHER - 1) * doubt)
        weighed[i] = replace(weighed[i], relativity=weighed[i].relativity * (1 - doubt))
        weighed[j] = replace(weighed[j], relativity=max(weighed[j].relativity, old.relativity * doubt))
    return sorted(weighed, key=lambda candidate: -candidate.relativity)


def _nearest(i: int, foremost: Sequence[Candidate]) -> int | None:
    """Of those of one kind, the one that lies nearest to one of them by its own words, if clearly so."""
    kind = foremost[i].ranked.memory.content.kind
    others = [
        j
        for j, each in enumerate(foremost)
        if j != i and len(each.ranked.vectors) and each.ranked.memory.content.kind is kind
    ]
    if not (others and len(foremost[i].ranked.vectors)):
        return None
    cosines = np.array([foremost[j].ranked.vectors[0] for j in others]) @ foremost[i].ranked.vectors[0]
    usual = float(np.median(cosines)) if len(others) > 2 else 0.0
    return others[int(cosines.argmax())] if cosines.max() >= usual + CLEARLY else None


def _doubt(old: Candidate, new: Candidate, question: Question, replaced: Replaced) -> float:
    older, newer = old.ranked.memory, new.ranked.memory
    if older.owner != newer.owner or older.content.said_at >= newer.content.said_at:
        return 0.0
    named = [term for term in question.terms if term in old.ranked.words]
    lacking = [term for term in named if term not in new.ranked.words]
    if any(term in lacking for name in question.entities for term in terms(name)):
        return 0.0
    if lacking and len(lacking) >= SUBJECT * len(named) and _of_one_form(old, new):
        return 0.0
    return replaced(old.ranked, new.ranked)


def _of_one_form(old: Candidate, new: Candidate) -> bool:
    """Whether most words of one stand in the other: what the question names and one lacks is then the subject."""
    was, now = old.ranked.words, new.ranked.words
    return len(was & now) >= SAME_FORM * min(len(was), len(now))
