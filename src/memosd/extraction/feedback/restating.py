"""What a correction says in the words of a memory, but for one value: 'my sister is called Lina', of 'Lena'."""

import re
from difflib import SequenceMatcher

from memosd.extraction.feedback.replacing import places
from memosd.language.names import chinese_name, names
from memosd.language.script import HAN
from memosd.language.sentences import sentences
from memosd.language.terms import fold, terms
from memosd.language.words import Word, words

BEHIND = 2
"""Words that may follow the value: '6 years old', 6岁."""
LONGEST = 4
"""Words of a value."""
BESIDE = 2
"""Words to either side by which one of several same values is told."""
MOST = 60
"""Words of a sentence that is compared: the time grows with the product."""
_NUMBER = re.compile(
    r"\d[\d.,:]*|[零一二两三四五六七八九十百千万半]+"
    r"|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
)
_MARK = re.compile(r"[^\w\s]\s*$")
_OF = re.compile("['’]s?$|^of$")
_SELF = re.compile(r"\b(?:i|we|my|our)\b|[我咱]")


def restated(statement: str, text: str) -> tuple[str, str] | None:
    """The value in the text and that in its place, if a sentence of the text has all words of the statement, in their
    order, but for one value: both numbers or both names, at the end, behind what it is a value of. Else None.

    The sentence may say more; that still holds.
    """
    new = words(statement)[:MOST]
    for sentence in sentences(text):
        old = words(sentence)[:MOST]
        if found := _differing(old, new, sentence):
            (a, b), (c, d) = found
            a, b = _value_in(old, a, b, sentence, ends=d == len(new))
            was, now = sentence[old[a].start : old[b - 1].end], statement[new[c].start : new[d - 1].end]
            if not _are_numbers(was, now) and not (
                _is_name(was, sentence[old[a].start :]) and _is_name(now, statement[new[c].start :])
            ):
                continue
            for reach in range(BESIDE + 1):  # the words beside it tell which of several is meant
                first, last = old[max(a - reach, 0)].start, old[min(b + reach, len(old)) - 1].end
                before, behind = sentence[first : old[a].start], sentence[old[b - 1].end : last]
                if len(places(before + was + behind, text)) == 1:
                    return before + was + behind, before + now + behind
    return None


def _differing(old: list[Word], new: list[Word], sentence: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Where the one value stands, in both."""
    was, now = ([fold(word.text) for word in side] for side in (old, new))
    changes = [each for each in SequenceMatcher(None, was, now, autojunk=False).get_opcodes() if each[0] != "equal"]
    replaced = [places for tag, *places in changes if tag == "replace"]
    if len(replaced) != 1 or any(tag == "insert" for tag, *_ in changes):
        return None
    [(a, b, c, d)] = replaced
    left_out = [(first, last) for tag, first, last, *_ in changes if tag == "delete" and last <= a]
    if any(_tells_another(old[first:last], sentence[: old[last].start]) for first, last in left_out):
        return None
    head = " ".join(now[:c])
    if not (terms(head) or _SELF.search(head)) or len(now) - d > BEHIND or d - c > LONGEST:
        return None
    return (a, b), (c, d)


def _tells_another(left_out: list[Word], before: str) -> bool:
    """Whether words that the statement leaves out make it another's value: 的狗 of 我妹妹的狗; not what a mark ends.
    before: the sentence up to the word behind them."""
    if _MARK.search(before):
        return False
    return any(word.tag.startswith("n") or _OF.search(fold(word.text)) for word in left_out)


def _value_in(old: list[Word], start: int, end: int, sentence: str, *, ends: bool) -> tuple[int, int]:
    """The value among the words that the statement has another for: what else they tell, beyond a mark or beside a
    number, still holds. ends: the statement ends with the value; else what the value belongs to follows it in both."""
    last = start if ends else end - 1
    if _NUMBER.fullmatch(fold(old[last].text)):
        return last, last + 1
    marks = [n for n in range(start + 1, end) if sentence[old[n - 1].end : old[n].start].strip()]
    return (start, marks[0]) if marks and ends else (marks[-1], end) if marks else (start, end)


def _are_numbers(*values: str) -> bool:
    return all(_NUMBER.fullmatch(fold(value)) for value in values)


def _is_name(value: str, text: str) -> bool:
    """Whether the value with which a text begins is, or begins, a name."""
    if not re.search(f"[{HAN}]", value):
        return value[:1].isupper()
    return bool(chinese_name(text)) or any(value in name.name or value.startswith(name.name) for name in names(text))
