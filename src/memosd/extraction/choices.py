"""A choice among what an assistant offered: what the user took, and what they left.

'I'll take the second one, the others are too loud' tells a taste, and tells it only together with the offer. Offers are
read where their form is regular: a list with numbers or dots, or one sentence that lists things up to an 'or'. What was
taken is told by a number, or by the words that only some of the things have.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from memosd.extraction.grounds import unwanted, wanted
from memosd.extraction.patterns import pattern
from memosd.extraction.spoken import without_speaker
from memosd.language.script import language_of
from memosd.language.sentences import is_question, sentences
from memosd.language.terms import terms

THINGS = 8
"""Things of an offer that are looked at: the first ones."""
LONGEST = 600
"""Characters of a reply; a longer one is no mere choice."""
ALSO = 0.8
"""What shares at least this part of the best one's words with the reply was taken, too."""
_MARK = r"(?:[(（]?\b\d{1,2}[.)）、](?!\d)|[①-⑩])"
_LINE = re.compile(rf"^[ \t]*(?:{_MARK}|[-*•·])[ \t]*(\S.*)$", re.MULTILINE)
_INSIDE = re.compile(rf"{_MARK}\s*([^\d①-⑩]+(?:\d+(?![.)）、])[^\d①-⑩]*)*)")
_BEHIND = re.compile(r"\s*[(（]\d{1,2}[)）]\s*(?=[,，;；、.。]|$)")
"""A mark that follows its thing: 'a tent (1), a van (2)'."""
_OR = re.compile(r"[,，;；]?\s*\bor\b\s*|[,，;；]?(?:或者?|[还還]是)", re.IGNORECASE)
_LAST_OR = re.compile(
    r"(?<=\w)[,，;；]\s*(?:\bor\b|或者?|[还還]是)(?!.*[,，;；]\s*(?:\bor\b|或者?|[还還]是))", re.IGNORECASE | re.DOTALL
)
"""The one before the last thing of several; an 'or' inside a thing parts nothing then."""
_ENDS = re.compile(r"^\s*(?:or|and)\b|[,，\s](?:or|and|或者?|[还還]是)\s*$", re.IGNORECASE)
_COMMA = re.compile(r"[,，;；]\s*")
_PAUSE = re.compile(r"、\s*")
"""What parts the things of a Chinese list where no comma does; beside commas it stands inside one thing."""
_WITHIN = re.compile(r"(?:,\s+(?!(?:an?|the)\b)[\w'-]+(?: [\w'-]+)?)+,\s+(?:and|or)\b", re.IGNORECASE)
"""The commas of a list inside one thing: 'with broccoli, peppers, and mushrooms'."""
_CLAUSE = re.compile(r"(?<=[,;])\s+|(?<=[，；。！])|\s+(?=(?:but|while|though)\b)|(?=但|不过|不過)", re.IGNORECASE)
_EDGE = " \t\n,，;；、.。:：!！"
_NUMBERS = {
    "en": re.compile(
        r"\b(?:option|number|no\.?|choice|suggestion|idea) ?\(?(\d{1,2})\b"
        r"|(?:^|\b(?:the|your|that) )(first|second|third|fourth|fifth|sixth|last|former|latter)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"(?:第|[选選][项項]|方案)\s*([一二三四五六七八两兩\d])|([前后後])者|(最[后後])一?[个個种種家款]"),
}
_PLACES = {
    **{word: n for n, word in enumerate("first second third fourth fifth sixth".split())},
    **{character: n for n, character in enumerate("一二三四五六七八")},
    "两": 1,
    "兩": 1,
    "former": 0,
    "前": 0,
    "latter": -1,
    "last": -1,
    "后": -1,
    "後": -1,
    "最后": -1,
    "最後": -1,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """taken, left: things of the offer in its words. refused: the reply says that what it leaves is not wanted.
    wanted, unwanted: what the reply says of why, in its words."""

    taken: tuple[str, ...]
    left: tuple[str, ...]
    refused: bool
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()


def choice(reply: str, offer: str) -> Choice | None:
    """What a reply takes of an offer; None if it is not a choice, or if there is no telling what it takes."""
    things = offered(offer)
    reply = without_speaker(reply)
    if len(things) < 2 or len(reply) > LONGEST:
        return None
    told = [c for s in sentences(reply) if not is_question(s) for c in _parts(_CLAUSE, s)]
    refusing = [c for c in told if _says("refusals", c)]
    rest = [c for c in told if c not in refusing]
    taking = [c for c in rest if _says("takes", c)]
    taken = _numbered(rest, len(things)) or _named(taking, things) or _named(rest if refusing else [], things)
    if not taken or len(taken) == len(things):
        return None
    left = tuple(thing for n, thing in enumerate(things) if n not in taken)
    return Choice(
        tuple(things[n] for n in sorted(taken)),
        left,
        refused=bool(refusing),
        wanted=tuple(why for c in told for why in wanted(c)),
        unwanted=tuple(why for c in refusing for why in unwanted(c)),
    )


def offered(text: str) -> list[str]:
    """The things that a text lists, in its words and order; none if it lists nothing."""
    text = without_speaker(text)
    found = _LINE.findall(text)
    if len(found) < 2:
        *behind, _ = _BEHIND.split(text)
        found = [_after_offering(sentences(behind[0])[-1]), *behind[1:]] if len(behind) > 1 else _INSIDE.findall(text)
    if len(found) < 2:
        found = max((_listed(sentence) for sentence in sentences(text)), key=len, default=[])
    return [thing for thing in map(_bare, found[:THINGS]) if thing]


def _listed(sentence: str) -> list[str]:
    """The things of one sentence that lists them up to an 'or'."""
    listed = _after_offering(sentence)
    *before, last = _LAST_OR.split(listed, maxsplit=1) if _LAST_OR.search(listed) else _OR.split(listed)
    things = [part for run in before for part in _parts(_COMMA if _COMMA.search(run) else _PAUSE, run)]
    return [*things, last] if things and last.strip(_EDGE) else []


def _parts(between: re.Pattern[str], text: str) -> list[str]:
    """What stands between the matches of an expression; a list inside one thing stays whole."""
    within = [match.span() for match in _WITHIN.finditer(text)]
    cuts = [match.span() for match in between.finditer(text)]
    cuts = [cut for cut in cuts if not any(start <= cut[0] < end for start, end in within)]
    ends, starts = [cut[0] for cut in cuts] + [len(text)], [0] + [cut[1] for cut in cuts]
    return [part for a, b in zip(starts, ends, strict=True) if (part := text[a:b]).strip(_EDGE)]


def _after_offering(sentence: str) -> str:
    """What follows the first words of offering."""
    offer = pattern("offers", language_of(sentence)).search(sentence)
    return sentence[offer.end() if offer else 0 :]


def _bare(thing: str) -> str:
    """A thing without the words of offering before it, and without its mark."""
    bare = _ENDS.sub("", thing.strip(_EDGE)).strip(_EDGE + "*")
    return bare[_offering(bare) :].strip(_EDGE) or bare


def _offering(thing: str) -> int:
    match = pattern("offers", language_of(thing)).match(thing)
    return match.end() if match else 0


def _numbered(clauses: Sequence[str], count: int) -> set[int]:
    """The places, from 0, that are named by number."""
    found = set()
    for clause in clauses:
        for match in _NUMBERS[language_of(clause)].finditer(clause):
            word = next(group for group in match.groups() if group).lower()
            place = int(word) - 1 if word.isdecimal() else _PLACES[word]
            found.add(place % count if -count <= place < count else count)
    return {place for place in found if place < count}


def _named(clauses: Sequence[str], things: Sequence[str]) -> set[int]:
    """The places of the things whose own words, those that not all of them have, come most in the clauses."""
    if not clauses:
        return set()
    words = [frozenset(terms(thing)) for thing in things]
    counts = Counter(term for thing in words for term in thing)
    said = {term for clause in clauses for term in terms(clause)}
    shares = [sum(1 / counts[t] for t in sorted(thing & said) if counts[t] < len(things)) for thing in words]
    best = max(shares)
    return {n for n, share in enumerate(shares) if best >= 1 / 2 and share >= ALSO * best}


def _says(name: str, clause: str) -> bool:
    return bool(pattern(name, language_of(clause)).search(clause.replace("’", "'")))
