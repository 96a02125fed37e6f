"""Feasts with a date of their own. Those of the lunar calendar are known from 2015 to 2035."""

from datetime import datetime, timedelta

from memosd.language.times.spans import Reading, date, day

_FIXED: dict[str, tuple[int, int]] = {
    "new year's day": (1, 1), "new year's eve": (12, 31), "valentine's day": (2, 14), "halloween": (10, 31),
    "christmas eve": (12, 24), "christmas": (12, 25), "boxing day": (12, 26), "independence day": (7, 4),
    "women's day": (3, 8), "labour day": (5, 1), "children's day": (6, 1), "teachers' day": (9, 10),
    "national day": (10, 1), "double eleven": (11, 11),
}  # fmt: skip
_LUNAR_FIRST_YEAR = 2015
_LUNAR: dict[str, tuple[str, ...]] = {
    "spring festival": tuple(
        "0219 0208 0128 0216 0205 0125 0212 0201 0122 0210 0129 "
        "0217 0206 0126 0213 0203 0123 0211 0131 0219 0208".split()
    ),
    "dragon boat festival": tuple(
        "0620 0609 0530 0618 0607 0625 0614 0603 0622 0610 0531 "
        "0619 0609 0528 0616 0605 0624 0612 0601 0620 0610".split()
    ),
    "mid-autumn festival": tuple(
        "0927 0915 1004 0924 0913 1001 0921 0910 0929 0917 1006 "
        "0925 0915 1003 0922 0912 1001 0919 0908 0927 0916".split()
    ),
}
_FROM_SPRING_FESTIVAL = {"lunar new year's eve": -1, "lantern festival": 14}


def holiday(name: str, year: int) -> Reading:
    """The day of a feast, by its English name in lower case. Raises ValueError outside what is known."""
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name == "thanksgiving":  # the fourth Thursday of November, as in the United States
        first = datetime(year, 11, 1)
        return day(first, (3 - first.weekday()) % 7 + 21)
    if name in _FROM_SPRING_FESTIVAL:
        return day(holiday("spring festival", year).start + timedelta(days=_FROM_SPRING_FESTIVAL[name]))
    days = _LUNAR.get(name, ())
    if not 0 <= year - _LUNAR_FIRST_YEAR < len(days):
        raise ValueError(f"no date known for {name} {year}")
    known = days[year - _LUNAR_FIRST_YEAR]
    return date(year, int(known[:2]), int(known[2:]))
