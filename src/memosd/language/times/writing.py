"""Absolute dates, as they are written behind relative ones."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from memosd.domain.search import Span
from memosd.language.script import HAN, Language
from memosd.language.times.finding import Mention, find_times
from memosd.language.times.spans import Grain

_MONTHS = "January February March April May June July August September October November December".split()
_SEASONS = {3: ("spring", "春天"), 6: ("summer", "夏天"), 9: ("autumn", "秋天"), 12: ("winter", "冬天")}
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_OPENING = re.compile(r"\s?[(（][\w\s]{0,20}")
_THIRDS = (("early ", "初"), ("mid-", "中旬"), ("late ", "底"))
_NAMED = "|".join((rf"(?:early |mid-|late )?(?:{'|'.join(_MONTHS)})", "Q[1-4]", *(en for en, _ in _SEASONS.values())))
_ENGLISH = rf"(?:\d{{4}}-\d\d-\d\d(?: \d\d:\d\d)?|(?:(?:{_NAMED}) )?\d{{4}})"
_CHINESE = (
    r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日(?:\d\d:\d\d)?|初|中旬|底)?|第[一二三四]季度"
    rf"|{'|'.join(zh for _, zh in _SEASONS.values())})?"
)
_WRITTEN = re.compile(
    rf" \((?:around |the week of )?{_ENGLISH}(?: to {_ENGLISH})?\)|（{_CHINESE}(?:至{_CHINESE})?(?:那周|左右)?）"
)
"""What `describe` writes, in parentheses."""
_LONGEST = {"minute": 0, "hour": 1, "day": 1, "month": 31, "quarter": 92, "season": 92, "year": 366}
"""Days of one unit; a longer span is known only about. Weeks and weekends are written from day to day, however many."""


def resolve_times(text: str, said_at: datetime) -> str:
    """The text with its date behind each relative expression: `yesterday (2025-06-17)`, `昨天（2025年6月17日）`.

    A date already written there is not repeated: resolving twice is resolving once.
    """
    return with_dates(text, {mention.end: date for mention, date in dated_times(text, said_at)})


def dated_times(text: str, said_at: datetime, *, moved_from: datetime | None = None) -> list[tuple[Mention, str]]:
    """The relative expressions of a text behind which no date is written yet, each with what is to be written there.

    moved_from: see `find_times`.
    """
    mentions = find_times(text, said_at, moved_from=moved_from)
    found: list[tuple[Mention, str]] = []
    for number, mention in enumerate(mentions):
        following = mentions[number + 1] if number + 1 < len(mentions) else None
        if not mention.relative or _is_written_out(text, mention, following):
            continue
        chinese = _HAN_CHARACTER.search(mention.text) is not None
        date = describe(mention.span, mention.grain, "zh" if chinese else "en", zone=said_at.tzinfo or UTC)
        found.append((mention, f"（{date}）" if chinese else f" ({date})"))
    return found


def with_dates(text: str, dates: Mapping[int, str]) -> str:
    """The text with something written into it. dates: by the offset in the text."""
    pieces: list[str] = []
    done = 0
    for offset in sorted(dates):
        pieces += [text[done:offset], dates[offset]]
        done = offset
    return "".join([*pieces, text[done:]])


def without_dates(text: str, said_at: datetime) -> tuple[str, dict[int, str]]:
    """What `with_dates` was given: the words alone, and the dates behind their relative expressions.

    said_at: about when it was said; the dates themselves may be of another day.
    """
    pieces: list[str] = []
    dates: dict[int, str] = {}
    done = length = 0
    for mention in find_times(text, said_at):
        written = _WRITTEN.match(text, mention.end) if mention.relative else None
        if written:
            pieces.append(text[done : mention.end])
            length += len(pieces[-1])
            dates[length] = written[0]
            done = written.end()
    return "".join([*pieces, text[done:]]), dates


def _is_written_out(text: str, mention: Mention, following: Mention | None) -> bool:
    return (
        following is not None
        and not following.relative
        and _OPENING.fullmatch(text[mention.end : following.start]) is not None
    )


def describe(span: Span, grain: Grain, language: Language, *, zone: tzinfo = UTC) -> str:
    """A stretch as a date of that grain, on the calendar of `zone`: `2025-06-17`, `May 2025`, `2025年5月`, `the week of
    2025-06-09 to 2025-06-15`, `late June 2025`, `2025年6月底`. A span longer than its grain is written as about its
    middle."""
    start, end = span.start.astimezone(zone), span.end.astimezone(zone)
    if grain in _LONGEST and (end - start).days > _LONGEST[grain]:
        middle = _unit(start + (end - start) / 2, grain, language)
        return f"{middle}左右" if language == "zh" else f"around {middle}"
    if grain in ("week", "weekend"):
        return _days(start, end - timedelta(days=1), grain, language)
    if grain == "hour" and end - start > timedelta(hours=1):
        grain = "day"  # the text says which part of the day
    return _unit(start, grain, language)


def _days(first: datetime, last: datetime, grain: Grain, language: Language) -> str:
    is_calendar_week = grain == "week" and first.weekday() == 0 and last - first == timedelta(days=6)
    stretch = f"{_unit(first, 'day', language)}{'至' if language == 'zh' else ' to '}{_unit(last, 'day', language)}"
    if not is_calendar_week:
        return stretch
    return f"{stretch}那周" if language == "zh" else f"the week of {stretch}"


def _unit(at: datetime, grain: Grain, language: Language) -> str:
    zh = language == "zh"
    match grain:
        case "year":
            return f"{at.year}年" if zh else f"{at.year}"
        case "quarter":
            number = (at.month - 1) // 3 + 1
            return f"{at.year}年第{'一二三四'[number - 1]}季度" if zh else f"Q{number} {at.year}"
        case "season":
            name = _SEASONS[at.month][zh]
            return f"{at.year}年{name}" if zh else f"{name} {at.year}"
        case "third":
            name = _THIRDS[min(at.day // 9, 2)][zh]
            return f"{_unit(at, 'month', language)}{name}" if zh else f"{name}{_unit(at, 'month', language)}"
        case "month":
            return f"{at.year}年{at.month}月" if zh else f"{_MONTHS[at.month - 1]} {at.year}"
        case "minute" | "hour":
            date = _unit(at, "day", language)
            return f"{date}{at:%H:%M}" if zh else f"{date} {at:%H:%M}"
        case _:
            return f"{at.year}年{at.month}月{at.day}日" if zh else f"{at:%Y-%m-%d}"
