"""So many units of time from now, in either direction."""

from dataclasses import replace
from datetime import datetime, timedelta

from memosd.language.times import spans
from memosd.language.times.spans import Reading

COUPLE = (2, 1)
FEW = (3, 2)
"""The number meant and what it may be off by."""


def counted(now: datetime, unit: str, count: int, *, half: bool = False, exact: bool = False) -> Reading:
    """`count` units after `now`, before it if negative; `half` a unit further still; `exact`: to the day.

    A count is as exact as its unit: weeks give a day and three to either side, months a calendar month, years a
    calendar year but for the first, which people tell to the season. Raises ValueError or OverflowError outside the
    calendar.
    """
    sign = -1 if count < 0 else 1
    match unit:
        case "minute" | "hour":
            span = timedelta(minutes=count) if unit == "minute" else timedelta(hours=count, minutes=30 * sign * half)
            start = (now + span).replace(second=0, microsecond=0)
            return Reading(start, start + timedelta(minutes=1), "minute")
        case "day":
            return spans.day(now, count)
        case "week" | "fortnight":
            shift = (7 if unit == "week" else 14) * count + 3 * sign * half
            return spans.day(now, shift) if exact else spans.about_day(now, shift, 3)
        case "weekend":
            return spans.weekend(now, count)
        case "month":
            return spans.about_day(now, 30 * count + 15 * sign, 5) if half else _months(now, count, exact=exact)
        case "year":
            return _years(now, count, half=half, exact=exact)
        case "decade":
            return spans.year(now.year + 10 * count - 1, count=3)
    raise ValueError(f"not a unit of time: {unit}")


def half_a(now: datetime, unit: str, sign: int) -> Reading:
    """Half a unit from now, `sign` being 1 or -1."""
    match unit:
        case "hour":
            return counted(now, "minute", 30 * sign)
        case "day":
            return counted(now, "hour", 12 * sign)
        case "month":
            return spans.about_day(now, 15 * sign, 3)
        case "year":
            return spans.about_month(now, 6 * sign)
    return counted(now, "day", 4 * sign)


def counted_loosely(now: datetime, unit: str, number: tuple[int, int], sign: int) -> Reading:
    """A couple of or a few units from now."""
    middle, spare = sign * number[0], number[1]
    match unit:
        case "week":
            return spans.about_day(now, 7 * middle, 7 * spare)
        case "month":
            return spans.about_month(now, middle, spare)
        case "year":
            return spans.year(now.year + middle - spare, count=2 * spare + 1)
        case "day":
            return spans.about_day(now, middle, spare)
    return counted(now, unit, middle)


def up_to_now(now: datetime, unit: str, count: int) -> Reading:
    """The past `count` units, today included."""
    start = counted(now, unit, -count, exact=True).start
    return Reading(spans.midnight(start), spans.day(now, 1).start, "week")


def _months(now: datetime, count: int, *, exact: bool) -> Reading:
    month = spans.month_of(now, count)
    return spans.day(_same_day(now, month)) if exact else month


def _years(now: datetime, count: int, *, half: bool, exact: bool) -> Reading:
    if exact:
        return spans.day(_same_day(now, spans.month_of(now, 12 * count)))
    if half:
        return spans.about_month(now, 12 * count + (6 if count > 0 else -6))
    if abs(count) == 1:
        return spans.about_month(now, 12 * count)
    return spans.year(now.year + count)


def _same_day(now: datetime, month: Reading) -> datetime:
    """The day of `now` in another month, its last day where it is shorter."""
    last = month.end - timedelta(days=1)
    return min(month.start + timedelta(days=now.day - 1), last)


def edge(reading: Reading, name: str) -> Reading | None:
    """The `early`, `mid` or `late` part of a year, month or week, a sixth to a third of it; None of what is shorter."""
    start, length = reading.start, reading.end - reading.start
    if reading.grain == "year":
        first = {"early": 1, "mid": 6, "late": 11}[name]
        return replace(spans.month(start.year, first, count=2), relative=reading.relative)
    if reading.grain not in ("month", "season", "quarter", "week"):
        return None
    first, last = {"early": (0, 1), "mid": (1, 2), "late": (2, 3)}[name]
    of_one_month = reading.grain == "month" and length <= timedelta(days=31)
    part = spans.days_between(start + length * first / 3, start + length * last / 3, "third" if of_one_month else "day")
    return replace(part, relative=reading.relative)
