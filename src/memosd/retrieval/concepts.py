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
        named = [_stands(member, question) for member in group]
        if any(named):
            found.append(Contrast(_words(group, named, stands=True), _words(group, named, stands=False)))
    return found


def rivals(asked: list[Contrast], memory: frozenset[str]) -> int:
    """Of how many groups a memory with these terms names another member and none that is meant."""
    return sum(1 for group in asked if _stands(group.rivals, memory) and not _stands(group.meant, memory))


def _words(group: tuple[tuple[Words, ...], ...], named: list[bool], *, stands: bool) -> tuple[Words, ...]:
    return tuple(word for member, is_named in zip(group, named, strict=True) if is_named is stands for word in member)


def _stands(words: tuple[Words, ...], text: frozenset[str]) -> bool:
    return any(map(text.issuperset, words))


@functools.cache
def _groups() -> tuple[tuple[tuple[Words, ...], ...], ...]:
    groups: list[list[tuple[Words, ...]]] = []
    for line in files(__package__).joinpath("concepts.txt").read_text("utf-8").splitlines():
        if line.endswith(":"):
            groups.append([])
        elif line and not line.startswith("#"):
            groups[-1].append(tuple(dict.fromkeys(_terms_of(word) for word in line.split(", "))))
    return tuple(tuple(group) for group in groups)


def _terms_of(word: str) -> Words:
    """Of a Chinese word of several characters its pairs: single characters stand in too many others."""
    found = frozenset(terms(word))
    return frozenset(term for term in found if len(term) > 1) or found
