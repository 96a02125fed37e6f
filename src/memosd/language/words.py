"""The words of a text as they stand in it; of Chinese those that the segmenter's dictionary has, else characters."""

import re
from dataclasses import dataclass

import rjieba

from memosd.language.script import HAN

_RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:[.,:'’-][^\W_{HAN}]+)*")
_HAN_RUN = re.compile(f"[{HAN}]")


@dataclass(frozen=True, slots=True)
class Word:
    """text[start:end] of the text it stands in. tag: ICTCLAS's of a Chinese word, else empty."""

    start: int
    end: int
    text: str
    tag: str = ""


def words(text: str) -> list[Word]:
    """The words in order; marks and blanks are none."""
    found: list[Word] = []
    for run in _RUN.finditer(text):
        start = run.start()
        # Without guesses at words that the dictionary lacks: of two names that differ they would make two forms.
        for part, tag in rjieba.tag(run[0], False) if _HAN_RUN.match(run[0]) else [(run[0], "")]:
            found.append(Word(start, start + len(part), part, tag))
            start += len(part)
    return found
