"""Cutting text into sentences and pieces of bounded size."""

import itertools
import re

from memosd.language.script import HAN

_ABBREVIATIONS = ("Mr", "Mrs", "Ms", "Dr", "Prof", "Rev", "St", "vs", r"e\.g", r"i\.e")
"""No sentence ends behind these: `My landlord is Mrs. Patel.`"""
_NOT_SHORT = "".join(rf"(?<!\b{short}\.)" for short in _ABBREVIATIONS)
_END = re.compile(rf"(?<=[.!?…]){_NOT_SHORT}[\"'”’)]*\s+|(?<=[。！？…；])(?![。！？…；])[”’」』）]*\s*|\n+")
GAP = 100
"""Blanks in a row that are kept."""
_GAP = re.compile(rf"(\s{{{GAP}}})\s+")
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_HAN_SIDE = re.compile(rf"[{HAN}。！？…；：，、”’」』）】]$")
_WORD = re.compile(r"[^\W_]+")
_QUESTION = re.compile(r"[?？]|(?:吗|呢|么|嗎|麼)\s*[。！]?$")


def close_gaps(text: str) -> str:
    """The text with no more than `GAP` blanks in a row. Expressions that begin with blanks look for what follows them
    from each blank anew: without a bound, a message of blanks alone would take them minutes."""
    return _GAP.sub(r"\1", text)


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order, without the space around them. A line break ends one, too."""
    cuts = [0, *(match.end() for match in _END.finditer(text)), len(text)]
    pieces = (text[a:b].strip() for a, b in itertools.pairwise(cuts))
    return [piece for piece in pieces if piece]


def size(text: str) -> int:
    """About how many tokens a language model would count (within some 15 %): fast, for deciding where to cut."""
    return _tokens(*_counts(text))


def _counts(text: str) -> tuple[int, int]:
    """Its Han characters, and its words of other scripts."""
    return len(_HAN_CHARACTER.findall(text)), len(_WORD.findall(_HAN_CHARACTER.sub(" ", text)))


def _tokens(han: int, words: int) -> int:
    return han + round(1.3 * words)


def is_question(sentence: str) -> bool:
    return bool(_QUESTION.search(sentence))


def pieces(text: str, *, limit: int) -> list[str]:
    """The text as runs of whole sentences of at most `limit` tokens each; a longer sentence is cut inside."""
    found: list[str] = []
    current, han, words = "", 0, 0
    for sentence in sentences(text):
        for part in _cut(sentence, limit):
            more_han, more_words = _counts(part)
            if current and _tokens(han + more_han, words + more_words) > limit:
                found.append(current)
                current, han, words = "", 0, 0
            current += ("" if not current or _HAN_SIDE.search(current[-1]) else " ") + part
            han, words = han + more_han, words + more_words
    return [*found, current] if current else found


def _cut(sentence: str, limit: int) -> list[str]:
    """A sentence longer than the limit, cut at commas where it has some, else by length."""
    if size(sentence) <= limit:
        return [sentence]
    clauses = [clause for clause in re.split(r"(?<=[,;，、；])", sentence) if clause.strip()]
    if len(clauses) > 1:
        return [part for clause in clauses for part in _cut(clause.strip(), limit)]
    width = max(1, len(sentence) * limit // max(1, size(sentence)))
    return [sentence[i : i + width].strip() for i in range(0, len(sentence), width)]


def clip(text: str, *, characters: int) -> str:
    """The beginning of a text, at most so many characters, cut between words where there are any."""
    text = " ".join(text.split())
    if len(text) <= characters:
        return text
    head = text[: characters - 1]
    space = head.rfind(" ")
    return (head[:space] if space > characters // 2 else head).rstrip(" ,;:，；：、") + "…"
