"""Days told by their place in a month or year: `the last day of this month`, `下个月第一个周五`."""

from datetime import timedelta

from memosd.language.times import spans
from memosd.language.times.spans import Reading

_FROM_THE_START = {
    "first": 0, "second": 1, "third": 2, "fourth": 3, "第": 0, "头": 0, "一": 0, "二": 1, "三": 2, "四": 3,
    "1": 0, "2": 1, "3": 2, "4": 3,
}  # fmt: skip
"""Every other place is the last."""


def day_at(stretch: Reading, place: str) -> Reading:
    """The `first` or `last` day of a stretch."""
    return spans.day(stretch.start if place in _FROM_THE_START else stretch.end - timedelta(days=1))


def weekday_at(stretch: Reading, number: int, place: str) -> Reading:
    """The `first` to `fourth` or `last` such weekday (Monday is 0) of a month."""
    if place not in _FROM_THE_START:
        return spans.weekday_before(stretch.end, number)
    first = spans.weekday_after(stretch.start - timedelta(days=1), number)
    return spans.day(first.start, 7 * _FROM_THE_START[place])
