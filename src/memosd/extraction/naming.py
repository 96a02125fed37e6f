"""What the user is called: read from where they say it, and told by what they say from then on.

People say their name once and 'I' ever after, so that a memory which quotes them names nobody. The memory of the
introduction is marked with a tag, by which it is found again, and what follows is labelled with the name.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from memosd.domain.filters import AnyOf, Field, FieldIs, Filter
from memosd.domain.memories import Content
from memosd.extraction.patterns import pattern
from memosd.extraction.wording import with_name
from memosd.language.names import chinese_name, names
from memosd.language.script import Language
from memosd.language.terms import terms

CALLED = "called"
"""The detail of an introduction that holds the name."""
_TAGS: dict[Language, str] = {"en": "name", "zh": "姓名"}
INTRODUCTIONS: Filter = AnyOf(tuple(FieldIs(Field.TAGS, tag) for tag in _TAGS.values()))
"""What a memory must pass to be one."""
_QUOTED = re.compile(r"“[^”\n]{20,2000}”|\"[^\"\n]{20,2000}\"|「[^」\n]{20,2000}」|(?<!\w)'[^'\n]{20,2000}'(?!\w)")
"""The words of somebody else, not only a name."""
_TITLES = frozenset(("Mr", "Mrs", "Ms", "Dr", "Prof"))
_MARKS = " \t“\"'「"


def introduced(text: str) -> str:
    """The name that a speaker gives themselves; empty if they give none. Of several the last counts."""
    told = _QUOTED.sub(" ", text.replace("’", "'"))
    found = ""
    for language in _TAGS:
        for cue in pattern("naming", language).finditer(told):
            rest = told[cue.end() :].lstrip(_MARKS)
            found = _latin(rest, told) or (chinese_name(rest) if language == "zh" else "") or found
    return found


def _latin(rest: str, told: str) -> str:
    found = (e.name for e in names(told) if e.name.isascii())
    name = next((name for name in found if re.match(rf"{re.escape(name)}(?!\w)", rest)), "")
    return "" if name in _TITLES else name


def introduction(content: Content, name: str) -> Content:
    """The memory of the talk in which the user says what they are called."""
    tag = _TAGS["zh" if content.language == "zh" else "en"]
    return replace(content, tags=(*content.tags, tag), detail={**content.detail, CALLED: name})


def named(contents: Sequence[Content], known: str) -> list[Content]:
    """The contents, each with the name under which its speaker was known by then. known: that before all of them."""
    found = []
    for content in contents:
        known = content.detail.get(CALLED, known)
        found.append(_named(content, known) if known else content)
    return found


def _named(content: Content, name: str) -> Content:
    value = with_name(content.value, name)
    if value == content.value:
        return content
    # Found by the name as well: else a question that says it would find only where others address the user.
    return replace(content, value=value, terms=(*content.terms, *terms(name)))
