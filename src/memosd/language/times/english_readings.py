"""What English expressions of time mean: one function a rule of `english`."""

import re
from collections.abc import Callable

from memosd.language.times import places, spans
from memosd.language.times.counting import COUPLE, FEW, counted, counted_loosely, half_a, up_to_now
from memosd.language.times.holidays import holiday
from memosd.language.times.names import SEASONS, month_number, weekday_number
from memosd.language.times.numerals import english_number
from memosd.language.times.rules import Moment
from memosd.language.times.spans import Reading

_SHIFT = {
    "last": -1,
    "this past": -1,
    "past": -1,
    "previous": -1,
    "this": 0,
    "current": 0,
    "next": 1,
    "coming": 1,
    "this coming": 1,
}
_VERB_LIKE = frozenset({"may", "march", "mar", "sun", "sat", "wed", "fall"})
_BEFORE_A_DAY = re.compile(r"\b(?:on|by|until|till|since|from|before|after) $", re.ASCII)
_HABIT = re.compile(
    r"(?:\b(?:every|each|most|any|all|other|black|good|cyber|ash|super|palm|per|to|through)|(?:day|mon|tue|wed|thu"
    r"|fri|sat|sun)s? ?-) ?$",
    re.ASCII,
)


def _ambiguous(match: re.Match[str], at: Moment, name: str) -> bool:
    """`may`, `march` and the like in small letters are verbs, but behind a word that only a time can follow."""
    word = match[name]
    if word not in _VERB_LIKE or at.capitalised(match.start(name)):
        return False
    before = at.folded[max(0, match.start(name) - 7) : match.start(name)]
    return not re.search(r"\b(?:in|since|last|of|during|until|on|early|late|mid)[ -]$", before, re.ASCII)


DAYS = {
    "the day before yesterday": -2, "day before yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "tmrw": 1,
    "the day after tomorrow": 2, "day after tomorrow": 2,
}  # fmt: skip


def named_day(match: re.Match[str], at: Moment) -> Reading:
    return spans.day(at.now, DAYS[match["day"]])


def part_of_day(match: re.Match[str], at: Moment) -> Reading:
    shift, first, last = {
        "last night": (-1, 18, 30), "last evening": (-1, 18, 24), "the night before last": (-2, 18, 30),
        "tonight": (0, 18, 30),
        "this morning": (0, 5, 12), "this afternoon": (0, 12, 18), "this evening": (0, 18, 24),
    }[match["part"]]  # fmt: skip
    return spans.hours(spans.day(at.now, shift).start, first, last)


_UNITS: dict[str, Callable[[Moment, int], Reading]] = {
    "week": lambda at, shift: spans.week(at.now, shift),
    "weekend": lambda at, shift: spans.weekend(at.now, shift),
    "month": lambda at, shift: spans.month_of(at.now, shift),
    "year": lambda at, shift: spans.year(at.now.year + shift),
    "quarter": lambda at, shift: spans.quarter(at.now.year, (at.now.month - 1) // 3 + 1 + shift),
}


def which_unit(match: re.Match[str], at: Moment) -> Reading:
    which, unit = match["which"], match["unit"]
    if unit == "weekend" and at.now.weekday() == 6 and which in ("this past", "past"):
        return spans.weekend(at.now)
    if unit == "weekend" and which in ("coming", "this coming"):
        return spans.weekend(at.now, 1 if at.now.weekday() >= 5 else 0)
    return _UNITS[unit](at, _SHIFT[which])


def beyond_unit(match: re.Match[str], at: Moment) -> Reading:
    return _UNITS[match["unit"]](at, -2 if match["which"] == "before last" else 2)


def weekend(match: re.Match[str], at: Moment) -> Reading:
    if at.direction == "future":
        return spans.weekend(at.now)
    return spans.weekend(at.now, 0 if at.now.weekday() == 6 else -1)


def which_weekday(match: re.Match[str], at: Moment) -> Reading | None:
    if _ambiguous(match, at, "weekday"):
        return None
    number, which = weekday_number(match["weekday"]), match["which"]
    if _SHIFT[which] < 0:
        return spans.weekday_before(at.now, number)
    if which in ("coming", "this coming"):
        return spans.weekday_after(at.now, number)
    if which == "next":
        return spans.weekday(at.now, number, 1)
    ours = spans.weekday(at.now, number)
    is_over = ours.end <= at.now
    return spans.weekday_after(at.now, number) if is_over and at.direction != "past" else ours


def weekday_of_week(match: re.Match[str], at: Moment) -> Reading:
    return spans.weekday(at.now, weekday_number(match["weekday"]), _SHIFT[match["which"]])


def weekday(match: re.Match[str], at: Moment) -> Reading | None:
    if at.again:
        return None
    abbreviated = not match["weekday"].endswith("day")
    before, capitalised = at.folded[max(0, match.start() - 10) : match.start()], at.capitalised(match.start())
    introduced = _BEFORE_A_DAY.search(before) is not None
    if not (introduced and capitalised if abbreviated else introduced or capitalised) or _HABIT.search(before):
        return None
    number = weekday_number(match["weekday"])
    return spans.weekday_before(at.now, number) if at.direction == "past" else spans.weekday_after(at.now, number)


_SHORT_UNITS = {"min": "minute", "hr": "hour", "wk": "week", "yr": "year"}


def ago(match: re.Match[str], at: Moment) -> Reading | None:
    unit, sign = _SHORT_UNITS.get(match["unit"], match["unit"]), -1 if match["ago"] in ("ago", "back") else 1
    if match["loose"]:
        return counted_loosely(at.now, unit, COUPLE if "couple" in match["loose"] else FEW, sign)
    if match["halfa"]:
        return half_a(at.now, unit, sign)
    half = bool(match["andhalf"] or match["more"])
    return counted(at.now, unit, sign * english_number(match["count"]), half=half, exact=bool(match["today"]))


def week_from(match: re.Match[str], at: Moment) -> Reading:
    """A week from a day, or before it: `a week from tomorrow`, `a week on Sunday`, `a week ago Monday`."""
    before = match["from"] in ("last", "ago")
    if "day" in match.groupdict() and match["day"]:
        return spans.day(at.now, DAYS[match["day"]] + (-7 if before else 7))
    number = weekday_number(match["weekday"])
    near = spans.weekday_before(at.now, number) if before else spans.weekday_after(at.now, number)
    return spans.day(near.start, -7 if before else 7)


def beyond_weekday(match: re.Match[str], at: Moment) -> Reading:
    number = weekday_number(match["weekday"])
    if match["which"] == "before last":
        return spans.day(spans.weekday_before(at.now, number).start, -7)
    return spans.weekday(at.now, number, 2)


def day_at(match: re.Match[str], at: Moment) -> Reading | None:
    place = match["place"].removeprefix("very ")
    if match["which"]:
        return places.day_at(_UNITS[match["unit"]](at, _SHIFT[match["which"]]), place)
    stretch = month(match, at)
    return stretch and places.day_at(stretch, place)


def weekday_at(match: re.Match[str], at: Moment) -> Reading | None:
    stretch = spans.month_of(at.now, _SHIFT[match["which"]]) if match["which"] else month(match, at)
    return stretch and places.weekday_at(stretch, weekday_number(match["weekday"]), match["place"])


def year_ago(match: re.Match[str], at: Moment) -> Reading:
    return counted(at.now, "year", -1, exact=True)


def in_so_long(match: re.Match[str], at: Moment) -> Reading | None:
    if at.direction == "past":  # 'I read it in three days'
        return None
    if match["loose"]:
        return counted_loosely(at.now, match["unit"], COUPLE if "couple" in match["loose"] else FEW, 1)
    return counted(at.now, match["unit"], english_number(match["count"]))


def weekdays_ago(match: re.Match[str], at: Moment) -> Reading:
    latest = spans.weekday_before(at.now, weekday_number(match["weekday"]))
    return spans.day(latest.start, -7 * (english_number(match["count"]) - 1))


def past_units(match: re.Match[str], at: Moment) -> Reading:
    count = english_number(match["count"]) if match["count"] else FEW[0] + 1 if match["few"] else 1
    return up_to_now(at.now, match["unit"], count)


def other_day(match: re.Match[str], at: Moment) -> Reading:
    return spans.about_day(at.now, -4, 3)


def date(match: re.Match[str], at: Moment) -> Reading | None:
    """Day and month, perhaps a year, told or as `last year`."""
    if _ambiguous(match, at, "month"):
        return None
    number, day = month_number(match["month"]), int(match["day"])
    if match["year"]:
        return spans.date(int(match["year"]), number, day).absolute()
    if match["whichyear"]:
        return spans.date(at.now.year + _SHIFT[match["whichyear"]], number, day)
    if re.search(
        r"\b(?:birthday|anniversary) (?:is|'s)(?: on)?(?: the)? ?$",
        at.folded[max(0, match.start() - 28) : match.start()],
        re.ASCII,
    ):
        return None  # comes every year
    return at.of_year(lambda year: spans.date(year, number, day))


def numeric_date(match: re.Match[str], at: Moment) -> Reading:
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    month, day = (second, first) if first > 12 or match["mark"] == "." else (first, second)
    return spans.date(year, month, day).absolute()


def month(match: re.Match[str], at: Moment) -> Reading | None:
    if _ambiguous(match, at, "month"):
        return None
    number = month_number(match["month"])
    if match["year"]:
        return spans.month(int(match["year"]), number).absolute()
    if match["whichyear"]:
        return spans.month(at.now.year + _SHIFT[match["whichyear"]], number)
    return at.of_year(lambda year: spans.month(year, number))


def which_month(match: re.Match[str], at: Moment) -> Reading | None:
    if _ambiguous(match, at, "month"):
        return None
    return _which_of_year(match["which"], at, lambda year: spans.month(year, month_number(match["month"])))


def which_season(match: re.Match[str], at: Moment) -> Reading | None:
    if match["season"] == "fall" and re.match(r" (?:asleep|apart|off|in|down|for)\b", at.folded[match.end() :][:10]):
        return None
    return _which_of_year(match["which"], at, lambda year: spans.season(year, SEASONS[match["season"]]))


def _which_of_year(which: str, at: Moment, reading: Callable[[int], Reading]) -> Reading:
    """Of something that comes once a year: the last that is over, the next to begin, or the one of this year."""
    nearby = [reading(at.now.year + shift) for shift in (-2, -1, 0, 1)]
    if _SHIFT[which] < 0:
        return max((one for one in nearby if one.end <= at.now), key=lambda one: one.start)
    if _SHIFT[which] > 0:
        return min((one for one in nearby if one.start > at.now), key=lambda one: one.start)
    current = [one for one in nearby if one.start <= at.now < one.end]
    return current[0] if current else reading(at.now.year)


def season(match: re.Match[str], at: Moment) -> Reading:
    season = SEASONS[match["season"]]
    if match["year"]:
        return spans.season(int(match["year"]), season).absolute()
    return spans.season(at.now.year + _SHIFT[match["whichyear"]], season)


def day_of_month(match: re.Match[str], at: Moment) -> Reading | None:
    day = int(match["day"])
    if match["which"]:
        month = spans.month_of(at.now, _SHIFT[match["which"]])
        return spans.date(month.start.year, month.start.month, day)
    if at.folded[: match.start()].endswith("to ") and not at.moved:
        return None
    return at.of_month(lambda year, month: spans.date(year, month, day))


def year(match: re.Match[str], at: Moment) -> Reading:
    return spans.year(int(match["year"])).absolute()


def quarter(match: re.Match[str], at: Moment) -> Reading:
    name = match["quarter"]
    number = int(name[1:]) if name[1:].isdecimal() else "first second third fourth last".split().index(name) + 1
    return spans.quarter(int(match["year"]), min(number, 4)).absolute()


HOLIDAYS = {
    "new year's eve": "new year's eve", "new year's day": "new year's day", "valentine's day": "valentine's day",
    "halloween": "halloween", "christmas eve": "christmas eve", "christmas day": "christmas", "christmas": "christmas",
    "boxing day": "boxing day", "thanksgiving": "thanksgiving", "independence day": "independence day",
    "the fourth of july": "independence day", "the 4th of july": "independence day",
    "chinese new year": "spring festival", "lunar new year": "spring festival", "spring festival": "spring festival",
    "mid-autumn festival": "mid-autumn festival",
    "the mid-autumn festival": "mid-autumn festival", "dragon boat festival": "dragon boat festival",
    "the dragon boat festival": "dragon boat festival", "lantern festival": "lantern festival",
}  # fmt: skip


def feast(match: re.Match[str], at: Moment) -> Reading | None:
    name = HOLIDAYS[match["holiday"]]
    if match["year"]:
        return holiday(name, int(match["year"])).absolute()
    if match["whichyear"]:
        return holiday(name, at.now.year + _SHIFT[match["whichyear"]])
    if match["which"] and _SHIFT[match["which"]]:
        return _which_of_year(match["which"], at, lambda year: holiday(name, year))
    if match["which"]:
        return holiday(name, at.now.year)
    return at.of_year(lambda year: holiday(name, year)) if at.direction else None
