"""Whether a sentence tells of what was or of what is to come: what decides between two Fridays."""

import re

from memosd.language.times.spans import Direction

_REACH = 200
"""Characters to either side of an expression in which its sentence is looked for."""
_SENTENCE_END = re.compile(r"[.!?。！？;；\n]")
_CLAUSE_END = re.compile(r"[.!?。！？;；\n,，、:]")

_NO_PAST = (
    "excited|scheduled|supposed|interested|thrilled|need|indeed|hundred|speed|tired|stoked|pumped|worried"
    "|invited|feed|seed|bleed|breed|exceed"
)
_IRREGULAR = """
    was were did didn wasn weren had went got saw bought made met took came began left lost won found told said
    gave ran ate wrote spent built caught drove fell felt flew grew heard kept knew led paid sang sat sent sold
    spoke stood taught thought threw woke wore became broke brought chose swam held hung hit read slept rode
"""
_FUTURE = re.compile(
    r"\b(?:will|won't|shall|gonna|going to|plan|plans|planning|hope|hopes|hoping|can't wait|cannot wait|look"
    r"(?:ing)? forward|upcoming"
    r"|coming up|have to|has to|need to|needs to|must|should|due|scheduled|let's|want to|would like|supposed to)\b"
    r"|'ll\b"
    r"|将|即将|打算|准备|计划|预定|预约|想要|得去|需要|必须|应该|争取|期待|(?<![不只主重需])要(?![求是不紧])|"
    r"(?<!开)会(?=[去来有在到把给和跟])|到时|截止|截至",
    re.ASCII,
)
_PAST = re.compile(
    rf"\b(?!(?:{_NO_PAST})\b)(?:{'|'.join(_IRREGULAR.split())}|[a-z]{{2,}}ed)\b|[了过](?!来|去|几|两)|曾|刚|当时"
    rf"|那时|以来",
    re.ASCII,
)
_UNDER_WAY = re.compile(
    r"(?:\b(?:am|are|is)|'m|'re|'s) (?:\w+ ){0,1}\w{2,}ing\b|\b(?:starts|begins|leaves|opens|ends)\b|\bsee you\b",
    re.ASCII,
)


def direction_at(text: str, start: int, end: int) -> Direction | None:
    """Where in time the clause around text[start:end] (folded) lies, else where its sentence does; None if untold."""
    for boundary in (_CLAUSE_END, _SENTENCE_END):
        before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
        ends = [found.end() for found in boundary.finditer(before)]
        following = boundary.search(after)
        part = f"{before[ends[-1] :] if ends else before} | {after[: following.start()] if following else after}"
        if _FUTURE.search(part):
            return "future"
        if _PAST.search(part):
            return "past"
        if _UNDER_WAY.search(part):
            return "future"
    return None
