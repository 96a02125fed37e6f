"""Whether talk tells anything, and which sentence tells most, by the words that are left without those of cheer."""

import re
from collections.abc import Set

from memosd.extraction.patterns import pattern
from memosd.extraction.smalltalk import is_smalltalk
from memosd.extraction.spoken import LABEL, without_speaker
from memosd.language.names import names, speaker
from memosd.language.script import language_of
from memosd.language.sentences import is_question, sentences
from memosd.language.terms import terms

LEAST = 2
"""Terms besides those of cheer with which a sentence about the speaker tells something in talk that cheers; a sentence
about something else needs twice as many, a whole round three times. Chinese needs double: its characters count, too."""
_OWN = re.compile(r"我|\b(?:I|me|my|mine|we|our|ours)\b", re.IGNORECASE)
_LINKING = frozenset("is was are of to in by and for from with named called about at like or the a an my".split())
"""Words before a name that is not that of whom they address."""


def tells(text: str) -> bool:
    """Whether a round, a line a speaker, is more than cheers and farewells."""
    lines = [LABEL.sub("", line) for line in text.splitlines()]
    said = "\n".join(without_speaker(line) for line in lines)
    told = sentences(said)
    cheers = any(is_smalltalk(s) or pattern("feelings", language_of(s)).search(s) for s in told)
    if not cheers or re.search(r"\d|\[", said):
        return bool(terms(said))
    speakers = {name for line in lines if (name := speaker(line))}
    named = {entity.name for entity in names(said) if substance(entity.name)} - speakers
    if any(not is_vocative(said, name) for name in named):
        return True
    known = {term for name in named | speakers for term in terms(name)}
    least = LEAST if language_of(said) == "en" else 2 * LEAST
    words = [(sentence, substance(sentence) - known) for sentence in told if not is_smalltalk(sentence)]
    if any(len(found) >= (least if _OWN.search(sentence) else 2 * least) for sentence, found in words):
        return True
    return len(set().union(*(found for _, found in words))) >= 3 * least


def worth(sentence: str, shown: str, *, known: Set[str] = frozenset()) -> int:
    """How much a sentence tells, for a title of which only a beginning is shown: its distinct terms up to some, those
    that are not vague once more, and those in sight again. Questions, cheers and what only points at something said
    before tell little.

    known: terms that tell nothing, such as those of the speakers' names.
    """
    language = language_of(sentence)
    most = 8 if language == "en" else 14
    told = sum(min(len(found - known), most) for found in (substance(sentence), matter(sentence), matter(shown)))
    if is_question(sentence):
        told -= 18
    if pattern("feelings", language).search(sentence):
        told -= 4
    if pattern("pointers", language).match(sentence):
        told -= 3
    if _OWN.search(sentence):
        told += 1
    return told


def matter(text: str) -> set[str]:
    """The substance of a text without words that say little anywhere ('something', 最近)."""
    language = language_of(text)
    edge = r"\b" if language == "en" else ""
    return substance(re.sub(rf"{edge}(?:{pattern('vague', language).pattern}){edge}", " ", text, flags=re.IGNORECASE))


def substance(sentence: str) -> set[str]:
    """The distinct terms of a sentence without words of cheer and praise."""
    return set(terms(pattern("filler", language_of(sentence)).sub(" ", sentence)))


def is_vocative(text: str, name: str) -> bool:
    """Whether a name stands in a text only to address somebody: `…, Ben!`"""
    places = [match.span() for match in re.finditer(re.escape(name), text)]
    return all(_addresses(text[:start], text[end:]) for start, end in places)


def _addresses(before: str, after: str) -> bool:
    """Whether a name between the two addresses somebody: a clause ends after it, and does not lead up to it."""
    if not re.match(r"[,，!！.。?？]|\n|$", after):
        return False
    words = before.split()
    return not words or words[-1].lower() not in _LINKING
