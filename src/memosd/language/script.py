"""Which language a text is in, told by its script."""

import re
from typing import Literal

Language = Literal["zh", "en"]

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(r"[^\W\d_]{2,}")


def language_of(text: str) -> Language:
    """`zh` if the text has at least one Han character for every two words of another script, else `en`."""
    han = len(_HAN_CHARACTER.findall(text))
    if not han:
        return "en"
    others = sum(1 for word in _LATIN_WORD.findall(text) if not _HAN_CHARACTER.search(word))
    return "zh" if 2 * han >= others else "en"
