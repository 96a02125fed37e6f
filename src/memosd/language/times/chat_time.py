"""When something was said, as clients write it."""

import re
from datetime import UTC, datetime, timedelta, timezone

from memosd.language.times.clock import CHINESE_CLOCK, CHINESE_PART, ENGLISH_CLOCK, read_clock
from memosd.language.times.names import ENGLISH_MONTH, ENGLISH_WEEKDAY, month_number
from memosd.language.times.numerals import CHINESE_NUMBER, chinese_number, fold
from memosd.language.times.spans import FIRST_YEAR, LAST_YEAR

_MAX_LENGTH = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DIGITS = re.compile(r"-?[0-9]{9,13}(?:\.[0-9]{1,9})?")
_MILLISECONDS_FROM = 1e11  # as seconds, the year 5138
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?", re.ASCII)
_DATES = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?<!\d)(?P<year>\d{4}) ?(?P<mark>[-/.]) ?(?P<month>\d{1,2}) ?(?P=mark) ?(?P<day>\d{1,2})(?!\d)",
        rf"(?P<year>\d{{4}}|[零〇一二三四五六七八九]{{4}}) ?年 ?(?P<month>{CHINESE_NUMBER}) ?月 ?(?P<day>"
        rf"{CHINESE_NUMBER}) ?[日号]",
        rf"\b{ENGLISH_MONTH}\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -]{ENGLISH_MONTH}\.?,?[ -](?P<year>\d{{4}})\b",
    )
)
_CLOCKS = (
    re.compile(rf"{CHINESE_PART}? ?{CHINESE_CLOCK}"),
    re.compile(rf"(?P<part>(?!))?{ENGLISH_CLOCK}", re.ASCII),
)
_ZONE = re.compile(
    r"(?:\b(?:utc|gmt)|z)? ?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?$|(?:\b(?:utc|gmt)|z)$", re.ASCII
)
_FILLING = re.compile(
    rf"(?:[\s,，()（）t]|\b(?:at|on|the|of)\b|\b{ENGLISH_WEEKDAY}\b\.?|(?:星期|周|礼拜)[一二三四五六日天])*", re.ASCII
)


def parse_chat_time(value: str | int | float) -> datetime | None:
    """The instant a client wrote, in UTC; None if it cannot be read or lies outside the years 1900 to 2200.

    Read are ISO 8601, `2025-09-12 20:30:00` and its kin with `/` or `.`, seconds or milliseconds since 1970, as number
    or digits, `20250912`, `2025年9月12日上午8点`, `September 12, 2025 8:00 AM`, `12 Sep 2025` and `8:00 am on 12
    September, 2025`, with or without the day of the week. What names no zone is UTC.
    """
    moment = _from_text(value) if isinstance(value, str) else _from_epoch(value)
    if moment is None:
        return None
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None


def _from_epoch(number: float) -> datetime | None:
    seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):  # too far away; not a number
        return None


def _from_text(text: str) -> datetime | None:
    if len(text) > _MAX_LENGTH:
        return None
    text = fold(text).strip()
    if not any(character.isdecimal() or "一" <= character <= "龥" for character in text):
        return None
    if compact := _COMPACT.fullmatch(text):
        try:
            return datetime(*(int(part) for part in compact.groups() if part))  # type: ignore[arg-type]
        except ValueError:
            return None
    if _EPOCH_DIGITS.fullmatch(text):
        return _from_epoch(float(text))
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return _from_words(text)


def _from_words(text: str) -> datetime | None:
    """A date, then perhaps a time of day and a zone, taken out one after the other; nothing else may be left."""
    found = next((match for pattern in _DATES if (match := pattern.search(text))), None)
    if found is None:
        return None
    rest = f"{text[: found.start()]} {text[found.end() :]}".strip()
    zone = _ZONE.search(rest)
    if zone:
        rest = rest[: zone.start()].strip()
    clock = next((match for pattern in _CLOCKS if (match := pattern.search(rest))), None)
    if clock:
        rest = f"{rest[: clock.start()]} {rest[clock.end() :]}"
    if not _FILLING.fullmatch(rest):
        return None
    try:
        day = datetime(chinese_number(found["year"]), month_number(found["month"]), chinese_number(found["day"]))
        return day.replace(tzinfo=_zone(zone)) + _time_of_day(clock)
    except (ValueError, OverflowError):  # no such day, hour or zone
        return None


def _time_of_day(clock: re.Match[str] | None) -> timedelta:
    if clock is None:
        return timedelta()
    told = read_clock(clock, clock["part"])
    if told is None:
        raise ValueError(f"no such time of day: {clock[0]}")
    hour, minute, second = told
    return timedelta(hours=hour, minutes=minute or 0, seconds=second)


def _zone(zone: re.Match[str] | None) -> timezone:
    if zone is None or zone["sign"] is None:
        return UTC
    offset = timedelta(hours=int(zone["hours"]), minutes=int(zone["minutes"] or 0))
    return timezone(-offset if zone["sign"] == "-" else offset)
