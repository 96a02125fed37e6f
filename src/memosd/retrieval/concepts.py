"""What excludes one another: a question about a mother is not answered by what is said of a father.

`concepts.txt` lists such groups, each member with its words in both languages, so that 'mother' is also found in 妈妈.
"""

import functools
from dataclasses import dataclass
from importlib.resources import files

from memosd.language.terms import terms

Words = frozenset[str]
"""The terms that stand in every text that has one certain word."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """The members of one group that a question names, by their words, and those that it does not name."""

    meant: tuple[Words, ...]
    rivals: tuple[Words, ...]


def contrasts(question: frozenset[str]) -> list[Contrast]:
    """One for each group of which a question with these terms names a member."""
    found = []
    for group in _groups():
        named = [stands(member, question) for member in group]
        if any(named):
            found.append(Contrast(_words(group, named, meant=True), _words(group, named, meant=False)))
    return found


def other_words(question: frozenset[str]) -> dict[str, tuple[Words, ...]]:
    """Of each term of the question that names a member its other words: 'mum' tells what 'mother' asks for."""
    found: dict[str, tuple[Words, ...]] = {}
    for word, member in (named for term in question for named in _members_by_term().get(term, ())):
        if word <= question:
            found |= dict.fromkeys(word, member)
    return found


def rivals(asked: list[Contrast], memory: frozenset[str]) -> int:
    """Of how many groups a memory with these terms names another member and none that is meant."""
    return sum(1 for group in asked if stands(group.rivals, memory) and not stands(group.meant, memory))


def stands(words: tuple[Words, ...], text: frozenset[str]) -> bool:
    """Whether one of the words stands in a text with these terms."""
    return any(map(text.issuperset, words))


def _words(group: tuple[tuple[Words, ...], ...], named: list[bool], *, meant: bool) -> tuple[Words, ...]:
    return tuple(word for member, is_named in zip(group, named, strict=True) if is_named is meant for word in member)


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
def _members_by_term() -> dict[str, list[tuple[Words, tuple[Words, ...]]]]:
    """By each term the words that have it, each with all words of its member."""
    found: dict[str, list[tuple[Words, tuple[Words, ...]]]] = {}
    for member in (member for group in _groups() for member in group):
        for word in member:
            for term in word:
                found.setdefault(term, []).append((word, member))
    return found


def _terms_of(word: str) -> Words:
    """Of a Chinese word of several characters its pairs: single characters stand in too many others."""
    found = frozenset(terms(word))
    return frozenset(term for term in found if len(term) > 1) or found
