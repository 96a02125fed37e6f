"""The words by which a text is found: what full-text search matches and ranking counts.

English words are Snowball stems ("English" stemmer, M. Porter) without stop words; Chinese is single characters and
pairs of neighbouring characters, Traditional folded to Simplified. Over short texts asked for in other words, pairs
find more than dictionary words do.
"""

import functools
import re
import unicodedata
from collections.abc import Mapping

import opencc
import Stemmer

from memosd.language.script import HAN

MAX_TERM = 40
"""Characters; longer words (keys, hashes, links) are cut."""

_STOP_WORDS = frozenset(
    """
    a about again all also am an and any are as at be been being but by can could did do does doing don done else for
    from get got had has have having he her hers him his how i if in into is it its just let me might mine must my no
    nor not of off on or our ours out over own please shall she should so some such than that the their theirs them then
    there these they this those to too up upon us very was we were what when where which while who whom whose why will
    with would you your yours
    ain aren couldn didn doesn hadn hasn haven isn mightn mustn needn shan shouldn wasn weren won wouldn
    d ll m o re s t ve y im ive dont thats
    hey hi hello yeah yep oh wow ok okay well really like thing things lot much many tell know think say said says
    """.split()
)
_STOP_CHARACTERS = frozenset("的了着过吗呢吧啊呀嘛哦嗯我你您他她它们咱这那是在和与及或就都也还又很把被给对从到之其")
_WORD = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+(?:['’][^\\W\\d_{HAN}]+)?")
_HAN_RUN = re.compile(f"[{HAN}]")
_STEMMER = Stemmer.Stemmer("english", 0)


@functools.cache
def _simplified() -> Mapping[int, str]:
    """Traditional characters and their Simplified forms, one to one, as `str.translate` wants them."""
    characters = "".join(map(chr, range(0x4E00, 0x9FFF + 1)))
    folded = opencc.OpenCC("t2s").convert(characters)
    return {ord(a): b for a, b in zip(characters, folded, strict=True) if a != b}


def simplified(text: str) -> str:
    """Traditional characters as their Simplified forms, one for one; all else as it is."""
    return text.translate(_simplified())


def fold(text: str) -> str:
    """Compatibility forms, letter case and Traditional characters made one, for comparison; not for display."""
    return simplified(unicodedata.normalize("NFKC", text).casefold())


@functools.lru_cache(maxsize=100_000)
def _stem(word: str) -> str | None:
    """The stem of a lower-case word; None for a stop word."""
    bare = re.split("['’]", word)[0]
    if word in _STOP_WORDS or bare in _STOP_WORDS:
        return None
    stem = str(_STEMMER.stemWord(bare))
    return None if stem in _STOP_WORDS else stem[:MAX_TERM]


def terms(text: str) -> list[str]:
    """The terms of a text in order, with repeats. Letters and digits only; single letters are left out."""
    found: list[str] = []
    for match in _WORD.finditer(fold(text)):
        word = match.group()
        if _HAN_RUN.match(word):
            found.extend(_han_terms(word))
        elif (stem := _stem(word)) is not None and (len(stem) > 1 or stem.isdigit()):
            found.append(stem)
    return found


def _han_terms(run: str) -> list[str]:
    found = []
    for i, character in enumerate(run):
        if character in _STOP_CHARACTERS:
            continue
        found.append(character)
        if i + 1 < len(run) and run[i + 1] not in _STOP_CHARACTERS:
            found.append(character + run[i + 1])
    return found
