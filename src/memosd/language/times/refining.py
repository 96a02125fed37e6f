"""What stands beside a time and makes it another: `… at 8 pm`, `early …`, `two days before …`, `…晚上8点`, `…底`."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from memosd.language.times import spans
from memosd.language.times.clock import CHINESE_CLOCK, CHINESE_PART, ENGLISH_CLOCK, ENGLISH_PART, PARTS, read_clock
from memosd.language.times.counting import COUPLE, FEW, counted, counted_loosely, edge
from memosd.language.times.names import ENGLISH_WEEKDAY, weekday_number
from memosd.language.times.numerals import CHINESE_NUMBER, ENGLISH_NUMBER, chinese_number, english_number
from memosd.language.times.spans import Reading

_REACH = 40
"""Characters before an expression in which the words that change it are looked for."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """A reading of text[start:end]."""

    start: int
    end: int
    reading: Reading


_EDGES = {
    "early": "early", "beginning": "early", "start": "early", "mid": "mid", "middle": "mid", "late": "late",
    "end": "late",
    "初": "early", "上旬": "early", "中": "mid", "中旬": "mid", "底": "late", "末": "late", "下旬": "late",
}  # fmt: skip
_EDGE_BEFORE = re.compile(
    r"(?:(?:in |at |by )?\b(?:the )?(?P<edge>early|mid|middle|late|beginning|start|end)(?: part)?(?: of(?: the)?"
    r"| in)?[ -])$",
    re.ASCII,
)
_EDGE_BEHIND = re.compile(r"的?年?(?P<edge>[初底末]|中(?=$|[，。,、 的我他她])|[上中下]旬)")
_DISTANCE_BEFORE = re.compile(
    rf"(?:\b(?:on )?(?:(?P<count>the|(?P<few>(?:a )?few|a couple of)|{ENGLISH_NUMBER}) )?(?:(?P<unit>day|week"
    rf"|weekend|month)s?|{ENGLISH_WEEKDAY}) (?P<side>before|after|prior to|following) (?:the )?)$",
    re.ASCII,
)
_DISTANCE_BEHIND = re.compile(
    rf"(?:的)?(?P<side>前|后)(?:第)?(?P<count>{CHINESE_NUMBER})个?(?P<unit>天|周|星期|礼拜|月)(?![日号])"
)
_UNITS = {"天": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month"}
_ENGLISH_CLOCK_BEHIND = re.compile(
    rf"(?:,? (?:in the |at )?{ENGLISH_PART}\b)?(?:(?:,? (?:at|around|about|by|@) ?|[ t](?=[0-9]{{1,2}}:))"
    rf"{ENGLISH_CLOCK})?",
    re.ASCII,
)
_CHINESE_CLOCK_BEHIND = re.compile(rf"的? ?{CHINESE_PART}?(?: ?{CHINESE_CLOCK})?")
_A_LITTLE = re.compile("(?:^|[^早午晚晨夜])[一两]点$")
_PART_BEGINNING_AT = {18: "night", 12: "afternoon", 5: "morning"}
_POSSESSIVE = re.compile(r"'s\b", re.ASCII)


def refined(found: Found, folded: str, floor: int) -> Found:
    """The expression with what belongs to it from the offset `floor` on.

    Raises ValueError or OverflowError where the calendar has no such time.
    """
    found = _at_edge(found, folded, floor)
    found = _at_distance(found, folded, floor)
    found = _at_clock(found, folded)
    possessive = _POSSESSIVE.match(folded, found.end)
    return replace(found, end=possessive.end()) if possessive else found


def _at_edge(found: Found, folded: str, floor: int) -> Found:
    reading = found.reading
    before = _EDGE_BEFORE.search(folded, max(floor, found.start - _REACH), found.start)
    behind = _EDGE_BEHIND.match(folded, found.end)
    match = before or behind
    narrowed = edge(reading, _EDGES[match["edge"]]) if match else None
    if match is None or narrowed is None:
        return found
    return Found(min(found.start, match.start()), max(found.end, match.end()), narrowed)


def _at_distance(found: Found, folded: str, floor: int) -> Found:
    reading = found.reading
    if not _is_one_day(reading):
        return found
    if before := _DISTANCE_BEFORE.search(folded, max(floor, found.start - _REACH), found.start):
        moved = _moved(reading, before)
        return replace(found, start=before.start(), reading=replace(moved, relative=reading.relative))
    if behind := _DISTANCE_BEHIND.match(folded, found.end):
        count = chinese_number(behind["count"]) * (-1 if behind["side"] == "前" else 1)
        moved = _days_away(reading, _UNITS[behind["unit"]], count)
        return replace(found, end=behind.end(), reading=replace(moved, relative=reading.relative))
    return found


def _moved(reading: Reading, match: re.Match[str]) -> Reading:
    sign = -1 if match["side"] in ("before", "prior to") else 1
    if match["weekday"]:
        side = spans.weekday_before if sign < 0 else spans.weekday_after
        return side(reading.start, weekday_number(match["weekday"]))
    if match["few"]:
        return counted_loosely(reading.start, match["unit"], COUPLE if "couple" in match["few"] else FEW, sign)
    if match["count"] not in ("the", None):
        return _days_away(reading, match["unit"], sign * english_number(match["count"]))
    if match["unit"] == "week":  # the seven days next to it
        first = reading.start - 7 * _DAY if sign < 0 else reading.end
        return spans.days_between(first, first + 7 * _DAY, "week")
    return _days_away(reading, match["unit"], sign)


def _days_away(reading: Reading, unit: str, count: int) -> Reading:
    if unit == "weekend":
        ahead = count > 0 and reading.start.weekday() < 5
        return spans.weekend(reading.start, count - ahead)
    return counted(reading.start, unit, count)


def _is_one_day(reading: Reading) -> bool:
    return reading.grain in ("day", "hour") and reading.end - reading.start <= _DAY


def _at_clock(found: Found, folded: str) -> Found:
    reading = found.reading
    if not _is_one_day(reading):
        return found
    part = _PART_BEGINNING_AT.get(reading.start.hour) if reading.grain == "hour" else None
    for pattern in (_CHINESE_CLOCK_BEHIND, _ENGLISH_CLOCK_BEHIND):
        match = pattern.match(folded, found.end)
        if match is None or match.end() == found.end or match[0] in ("的", " ", "的 "):
            continue
        told = read_clock(match, match["part"] or part) if _tells_hour(match) else None
        if told and not _A_LITTLE.search(match[0]):
            hour, minute, _ = told
            at = spans.midnight(reading.start) + timedelta(hours=hour, minutes=minute or 0)
            return replace(
                found,
                end=match.end(),
                reading=replace(reading, start=at, end=at + timedelta(minutes=1), grain="minute"),
            )
        if match["part"]:
            hours = spans.hours(reading.start, *PARTS[match["part"]])
            return replace(found, end=match.end("part"), reading=replace(hours, relative=reading.relative))
    return found


def _tells_hour(match: re.Match[str]) -> bool:
    return any(match.groupdict().get(name) for name in ("hour", "hour24", "noon"))
