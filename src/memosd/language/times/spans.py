"""Stretches of the calendar, on the clock of whoever speaks.

Weeks begin on Monday (ISO 8601). Seasons are the meteorological ones of the northern hemisphere: spring is March to
May, and winter belongs to the year its December lies in. Readings are without zone: they are given one when they leave
this package.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Grain = Literal["minute", "hour", "day", "weekend", "week", "third", "month", "quarter", "season", "year"]
"""A third is the beginning, the middle or the end of a month."""
Season = Literal["spring", "summer", "autumn", "winter"]
Direction = Literal["past", "future"]

FIRST_YEAR = 1900
LAST_YEAR = 2200
_DAY = timedelta(days=1)
_SEASON_BEGINS: dict[Season, int] = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}


@dataclass(frozen=True, slots=True)
class Reading:
    """What an expression means: a stretch of the wall clock, end excluded.

    `grain` is the unit it is told in. A stretch longer than its grain is known only about. `relative`: it takes the
    time of speaking to know which stretch is meant.
    """

    start: datetime
    end: datetime
    grain: Grain
    relative: bool = True

    def absolute(self) -> "Reading":
        return replace(self, relative=False)


def midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def day(at: datetime, shift: int = 0) -> Reading:
    start = midnight(at) + shift * _DAY
    return Reading(start, start + _DAY, "day")


def about_day(at: datetime, shift: int, spare: int) -> Reading:
    """The day `shift` days from `at`, give or take `spare` days."""
    middle = midnight(at) + shift * _DAY
    return Reading(middle - spare * _DAY, middle + (spare + 1) * _DAY, "day")


def days_between(start: datetime, end: datetime, grain: Grain = "day") -> Reading:
    """From the day of `start` up to and without the day of `end`."""
    return Reading(midnight(start), midnight(end), grain)


def week(at: datetime, shift: int = 0) -> Reading:
    start = midnight(at) + (7 * shift - at.weekday()) * _DAY
    return Reading(start, start + 7 * _DAY, "week")


def weekday(at: datetime, number: int, shift: int = 0) -> Reading:
    """The weekday (Monday is 0) of the calendar week `shift` weeks from that of `at`."""
    return day(week(at, shift).start, number)


def weekday_before(at: datetime, number: int) -> Reading:
    """The last such weekday before the day of `at`."""
    return day(at, -((at.weekday() - number - 1) % 7 + 1))


def weekday_after(at: datetime, number: int) -> Reading:
    """The first such weekday after the day of `at`."""
    return day(at, (number - at.weekday() - 1) % 7 + 1)


def weekend(at: datetime, shift: int = 0) -> Reading:
    """Saturday and Sunday of the calendar week `shift` weeks from that of `at`."""
    saturday = week(at, shift).start + 5 * _DAY
    return Reading(saturday, saturday + 2 * _DAY, "weekend")


def month(year: int, number: int, *, count: int = 1) -> Reading:
    """`count` months from a month on, whose number may lie outside 1..12: month 0 is December of the year before."""
    first, last = 12 * year + number - 1, 12 * year + number - 1 + count
    return Reading(datetime(first // 12, first % 12 + 1, 1), datetime(last // 12, last % 12 + 1, 1), "month")


def month_of(at: datetime, shift: int = 0) -> Reading:
    return month(at.year, at.month + shift)


def about_month(at: datetime, shift: int, spare: int = 1) -> Reading:
    return month(at.year, at.month + shift - spare, count=2 * spare + 1)


def quarter(year: int, number: int) -> Reading:
    """A calendar quarter; its number may lie outside 1..4."""
    return replace(month(year, 3 * number - 2, count=3), grain="quarter")


def season(year: int, name: Season) -> Reading:
    return replace(month(year, _SEASON_BEGINS[name], count=3), grain="season")


def year(number: int, *, count: int = 1) -> Reading:
    return Reading(datetime(number, 1, 1), datetime(number + count, 1, 1), "year")


def date(year: int, month: int, day: int) -> Reading:
    """Raises ValueError where the calendar has no such day."""
    start = datetime(year, month, day)
    return Reading(start, start + _DAY, "day")


def hours(at: datetime, first: int, last: int) -> Reading:
    """From one full hour of the day of `at` to another; the second may lie beyond midnight (30 is six o'clock)."""
    start = midnight(at)
    return Reading(start + timedelta(hours=first), start + timedelta(hours=last), "hour")


def minute(at: datetime, hour: int, minute: int) -> Reading:
    start = at.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return Reading(start, start + timedelta(minutes=1), "minute")


def nearest(readings: Iterable[Reading], now: datetime, direction: Direction | None) -> Reading | None:
    """Which of several alike (the same day of several years) is meant.

    `past`: the last that has begun; `future`: the first that is not over; None: the one the fewest days away. None if
    there is no such one.
    """
    ordered = sorted(readings, key=lambda one: one.start)
    if direction == "past":
        return next((one for one in reversed(ordered) if one.start <= now), None)
    if direction == "future":
        return next((one for one in ordered if one.end > now), None)
    return min(ordered, key=lambda one: max(one.start - now, now - one.end), default=None)
