"""What excludes one another: a question about a mother is not answered by what is said of a father.

`concepts.txt` lists such groups, each member with its words in both languages, so that 'mother' is also found in 妈妈.
"""

import functools
from dataclasses import dataclass
from importlib.resources import files

from memosd.language.terms import terms

Words = frozenset[str]
"""The terms that stand in every text that has one certain word."""
Place = tuple[Words, int, int]
"""A word, and the numbers of its group and of the member in that."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """The members of one group that a question names, by their words, and those that it does not name."""

    meant: tuple[Words, ...]
    rivals: tuple[Words, ...]


def contrasts(question: frozenset[str]) -> list[Contrast]:
    """One for each group of which a question with these terms names a member."""
    members: dict[int, set[int]] = {}
    for _, group, member in _named(question):
        members.setdefault(group, set()).add(member)
    return [
        Contrast(_words(group, members[group], meant=True), _words(group, members[group], meant=False))
        for group in sorted(members)
    ]


def other_words(question: frozenset[str]) -> dict[str, tuple[Words, ...]]:
    """Of each term of the question that names a member, all words for that: 'mum' tells what 'mother' asks for."""
    found: dict[str, tuple[Words, ...]] = {}
    for word, group, member in _named(question):
        for term in word:
            found[term] = found.get(term, ()) + _groups()[group][member]
    return found


def rivals(asked: list[Contrast], memory: frozenset[str]) -> int:
    """Of how many groups a memory with these terms names another member and none that is meant."""
    return sum(1 for group in asked if stands(group.rivals, memory) and not stands(group.meant, memory))


def stands(words: tuple[Words, ...], text: frozenset[str]) -> bool:
    """Whether one of the words stands in a text with these terms."""
    return any(map(text.issuperset, words))


def _named(question: frozenset[str]) -> set[Place]:
    return {place for term in question for place in _places().get(term, ()) if place[0] <= question}


def _words(group: int, named: set[int], *, meant: bool) -> tuple[Words, ...]:
    return tuple(word for n, member in enumerate(_groups()[group]) if (n in named) is meant for word in member)


@functools.cache
def _groups() -> tuple[tuple[tuple[Words, ...], ...], ...]:
    groups: list[list[tuple[Words, ...]]] = []
    for line in files(__package__).joinpath("concepts.txt").read_text("utf-8").splitlines():
        if line.endswith(":"):
            groups.append([])
        elif line and not line.startswith("#"):
            groups[-1].append(tuple(dict.fromkeys(_terms_of(word) for word in line.split(", "))))
    return tuple(tuple(group) for group in groups)


@functools.cache
def _places() -> dict[str, list[Place]]:
    """Where the words stand that have a term, by the term."""
    found: dict[str, list[Place]] = {}
    for group, members in enumerate(_groups()):
        for member, words in enumerate(members):
            for word in words:
                for term in word:
                    found.setdefault(term, []).append((word, group, member))
    return found


def _terms_of(word: str) -> Words:
    """Of a Chinese word of several characters its pairs: single characters stand in too many others."""
    found = frozenset(terms(word))
    return frozenset(term for term in found if len(term) > 1) or found
