"""The names of months, days of the week and seasons in English and Chinese."""

from memosd.language.times.numerals import chinese_number
from memosd.language.times.spans import Season

_SHORT_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_LONG_MONTHS = "january february march april june july august september october november december sept".split()
_MONTHS = [*_LONG_MONTHS, *_SHORT_MONTHS]
_MONTH_NUMBERS = {name: _SHORT_MONTHS.index(name[:3]) + 1 for name in _MONTHS}
_SHORT_WEEKDAYS = "mon tue wed thu fri sat sun".split()
_LONG_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday tues thurs thur".split()
_WEEKDAYS = [*_LONG_WEEKDAYS, *_SHORT_WEEKDAYS]
_WEEKDAY_NUMBERS = (
    {name: _SHORT_WEEKDAYS.index(name[:3]) for name in _WEEKDAYS}
    | {character: number for number, character in enumerate("一二三四五六日")}
    | {"天": 6}
)
SEASONS: dict[str, Season] = {
    "spring": "spring", "summer": "summer", "autumn": "autumn", "fall": "autumn", "winter": "winter",
    "春": "spring", "夏": "summer", "秋": "autumn", "冬": "winter",
}  # fmt: skip

ENGLISH_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
ENGLISH_WEEKDAY = f"(?P<weekday>{'|'.join(_WEEKDAYS)})"


def month_number(name: str) -> int:
    """1..12 of `may`, `sept`, `5`, `五`. Raises ValueError for what is no month."""
    number = _MONTH_NUMBERS.get(name) or chinese_number(name)
    if not 1 <= number <= 12:
        raise ValueError(f"no such month: {name}")
    return number


def weekday_number(name: str) -> int:
    """0 (Monday) to 6 of `fri`, `friday`, `五`, `日`, `天`."""
    return _WEEKDAY_NUMBERS[name]
