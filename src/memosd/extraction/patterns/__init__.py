"""Phrases by language, one regular expression a line, in files beside this one; `#` begins a comment line."""

import functools
import re
from importlib.resources import files

from memosd.language.script import Language


def lines(name: str, language: Language) -> list[str]:
    """The expressions of `name.language.txt`, in order."""
    text = files(__package__).joinpath(f"{name}.{language}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@functools.cache
def pattern(name: str, language: Language) -> re.Pattern[str]:
    """All expressions of a file as alternatives of one, in their order, without regard to case."""
    return re.compile("|".join(f"(?:{line})" for line in lines(name, language)), re.IGNORECASE)
