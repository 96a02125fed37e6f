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
    r"|\b(?:preparing|rehearsing|(?:studying|training) for)\b|'ll\b"
    r"|将|即将|打算|准备|计划|预定|预约|想要|得去|需要|必须|应该|争取|期待|(?<![不只主重需])要(?![求是不紧])|"
    r"备考|备战|筹备|报名|冲刺|(?<!开)会(?=[去来有在到把给和跟])|到时|截止|截至",
    re.ASCII,
)
_PAST = re.compile(
    rf"\b(?!(?:{_NO_PAST})\b)(?:{'|'.join(_IRREGULAR.split())}|[a-z]{{2,}}ed)\b|[了过](?!来|去|几|两)|曾|刚|当时"
    rf"|那时|以来",
    re.ASCII,
)
_HABIT = re.compile(
    r"\b(?:usually|normally|typically|regularly|as a rule|most weeks|of (?:each|every) (?:month|week|year))\b"
    r"|固定|通常|平时|照例|定期|经常|常常|总是|总会|(?:一般|基本上?)(?=[都会是在去来要有])|(?<![家们部员人])都会?(?=[去来有在打上做跑练学吃看陪])",
    re.ASCII,
)
_SET_FOR = re.compile(
    r"\b(?:moved|shifted|postponed|rescheduled|pushed|bumped|rebooked|booked|delayed|deferred|put off|put back"
    r"|brought forward|set|fixed|arranged)\b.{0,60}\b(?:to|until|till|for)\s+(?:the\s+)?\|"
    r"|(?:改|挪|推[迟遲后後]?|延[期后後]?|提前?|[调調][整换換]?|[约約]|改[约約期签簽]|排|安排|敲?定|[订訂])[到至在成]了?\s*\|",
    re.ASCII,
)
"""What is set for, or moved to, the expression lies ahead of the talk, though the moving is done."""
_MOVED_TO = re.compile(
    r"\b(?:moved|shifted|postponed|rescheduled|pushed|bumped|rebooked|delayed|deferred|put off|put back"
    r"|brought forward)\b.{0,60}\b(?:to|until|till)\s+(?:the\s+)?\|"
    r"|(?:改|挪|推[迟遲后後]?|延[期后後]?|提前?|[调調][整换換]?)[到至在成]了?\s*\|",
    re.ASCII,
)
_UNDER_WAY = re.compile(
    r"(?:\b(?:am|are|is)|'m|'re|'s) (?:\w+ ){0,1}\w{2,}ing\b|\b(?:starts|begins|leaves|opens|ends)\b|\bsee you\b",
    re.ASCII,
)


def comes_again(text: str, start: int, end: int) -> bool:
    """Whether the clause around text[start:end] (folded) tells what somebody does again and again."""
    part = _part(text, start, end, _CLAUSE_END)
    return bool(_HABIT.search(part)) and not _PAST.search(part)


def is_moved(text: str, start: int, end: int) -> bool:
    """Whether the clause around text[start:end] (folded) moves something there from another day."""
    return _MOVED_TO.search(_part(text, start, end, _CLAUSE_END)) is not None


def direction_at(text: str, start: int, end: int) -> Direction | None:
    """Where in time the clause around text[start:end] (folded) lies, else where its sentence does; None if untold."""
    for boundary in (_CLAUSE_END, _SENTENCE_END):
        part = _part(text, start, end, boundary)
        if _FUTURE.search(part) or _SET_FOR.search(part):
            return "future"
        if _PAST.search(part):
            return "past"
        if _UNDER_WAY.search(part):
            return "future"
    return None


def _part(text: str, start: int, end: int, boundary: re.Pattern[str]) -> str:
    """What stands around text[start:end] between two boundaries, with a bar in its place."""
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    ends = [found.end() for found in boundary.finditer(before)]
    following = boundary.search(after)
    return f"{before[ends[-1] :] if ends else before} | {after[: following.start()] if following else after}"
