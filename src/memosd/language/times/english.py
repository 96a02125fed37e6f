"""English expressions of time.

Where speakers differ, the readings are these. `last Friday` is the latest Friday before today, `next Friday` that of
the next calendar week, `this Friday` that of this one; a bare `Friday` is the latest in a sentence about the past, else
the coming one. `last May` is the latest May that is over, `May` alone the one the sentence's tense points to. `last
week` is the calendar week before this (ISO 8601). `two weeks ago` names a day give or take three, `two months ago` a
calendar month, `two years ago` a calendar year: a count is as exact as its unit, the granularity of TimeML. `6/7/2025`
has the month first.
"""

import re

from memosd.language.times import english_readings as readings
from memosd.language.times.names import ENGLISH_MONTH, ENGLISH_WEEKDAY
from memosd.language.times.numerals import ENGLISH_NUMBER
from memosd.language.times.rules import Read, Rule

TRIGGER = re.compile(
    r"day|week|month|year|night|tomorrow|tmrw|festival|\b(?:mon|tues?|wed|thu|thurs?|fri|sat|sun)\b|morning"
    r"|evening|afternoon|ago|last|next|past|quarter|spring|summer|autumn|winter|eve\b|christmas"
    r"|halloween|thanksgiving|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    r"|\b(?:on|to|until|till) the [0-9]|(?:19|20)[0-9]{2}",
    re.ASCII,
)
_WHICH = r"(?P<which>last|this past|past|previous|this coming|this|next|coming|current)"
_ORDINAL = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)"
_WHICH_YEAR = r"(?:,?(?: of| in)? (?P<whichyear>last|this|next) year(?!')\b)"
_YEAR = r"(?P<year>(?:19|20|21)[0-9]{2})(?![0-9%]|[.,:][0-9])"
_YEAR_OR_WHICH = rf"(?:(?:,| of|,? in)? {_YEAR}|{_WHICH_YEAR})"
_SEASON = r"(?P<season>spring|summer|autumn|fall|winter)\b"
_UNIT = r"(?P<unit>minute|min|hour|hr|day|week|wk|weekend|month|year|yr|decade|fortnight)s?\b"
_COUNT = rf"(?:(?P<loose>(?:a )?couple(?: of)?|(?:a )?few|several|some)|(?P<count>{ENGLISH_NUMBER}))"
_WEEKDAY_FULL = r"(?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b(?!s)"
_NO_DAY_BEHIND = (
    r"(?! ?(?:to|through|-) ?(?:mon|tue|wed|thu|fri|sat|sun)| (?:before|after|prior to|following) (?:the )?"
    r"(?:[0-9]|christmas|new year"
    rf"|thanksgiving|{ENGLISH_MONTH.replace('?P<month>', '?:')}))"
)
_OF_THE_MONTH = r"(?! (?:of|in) (?:the|every|each|a) month\b)"
_PLACE = r"(?P<place>first|second|third|fourth|last)"
_NOT_A_DAY = r"(?![0-9]|[.:/][0-9]|%| ?(?:people|miles|km|times|percent|am|pm|a\.m|p\.m|more|or)\b)"


def _after(*words: str) -> str:
    """A pattern for the place behind one of these words, which stays outside the expression."""
    return "(?:" + "|".join(rf"(?<=\b{word} )" for word in words) + ")"


_BEHIND_DAY_WORD = _after("on", "to", "by", "until", "till", "since", "before", "after")
_BEHIND_MONTH_WORD = _after(*"in since during by until till of around from between early late mid".split())
_BEHIND_YEAR_WORD = _after(*"in since of by during until till from before after around year early late mid".split())


def _rule(pattern: str, read: Read) -> Rule:
    return Rule(re.compile(pattern, re.ASCII), read)


RULES: tuple[Rule, ...] = (
    _rule(rf"\b(?P<day>{'|'.join(readings.DAYS)})\b", readings.named_day),
    _rule(
        r"\b(?:earlier |later )?(?P<part>the night before last|last night|last evening|tonight|this (?:morning"
        r"|afternoon|evening))\b",
        readings.part_of_day,
    ),
    _rule(
        rf"\b(?:earlier |later )?(?:the )?{_WHICH} (?P<unit>weekend|week|month|year|quarter)\b(?! of\b)"
        rf"(?<!the next year)",
        readings.which_unit,
    ),
    _rule(r"\bthe (?P<unit>weekend|week|month|year) (?P<which>before last|after next)\b", readings.beyond_unit),
    _rule(r"\b(?:over|at|on|during) the weekend\b(?! (?:of|before|after)\b)", readings.weekend),
    _rule(rf"\b{_WHICH} {ENGLISH_WEEKDAY}\b", readings.which_weekday),
    _rule(rf"\b(?:the )?{ENGLISH_WEEKDAY},?(?: of)? (?P<which>last|this|next) week\b", readings.weekday_of_week),
    _rule(rf"\b(?P<which>last|this|next) week,?(?: on)? {_WEEKDAY_FULL}", readings.weekday_of_week),
    _rule(
        r"\b(?:a|one) week (?P<from>from|on|last|ago)(?: on)? (?:(?P<day>today|tomorrow|yesterday)"
        rf"|{ENGLISH_WEEKDAY})\b(?!-)",
        readings.week_from,
    ),
    _rule(rf"\b{_WEEKDAY_FULL} (?P<from>week)\b(?!end)", readings.week_from),
    _rule(rf"\bthe {ENGLISH_WEEKDAY} (?P<which>before last|after next)\b", readings.beyond_weekday),
    _rule(
        r"\b(?:the )?(?P<place>very first|first|very last|final|last) day of (?:(?P<which>last|this|next)"
        rf" (?P<unit>month|year)|{ENGLISH_MONTH}\b{_YEAR_OR_WHICH}?)",
        readings.day_at,
    ),
    _rule(
        rf"\b(?:the )?{_PLACE} {ENGLISH_WEEKDAY} (?:of|in) (?:(?P<which>last|this|next) month|{ENGLISH_MONTH}\b"
        rf"{_YEAR_OR_WHICH}?)",
        readings.weekday_at,
    ),
    _rule(rf"\b{ENGLISH_WEEKDAY}\b{_NO_DAY_BEHIND}{_OF_THE_MONTH}", readings.weekday),
    _rule(r"\bthis (?:day|time) last year\b|\ba year ago to the day\b", readings.year_ago),
    _rule(
        rf"\b(?:(?P<halfa>half an? )|{_COUNT} )(?P<andhalf>and a half )?{_UNIT}(?: (?P<more>and a half))?"
        rf" (?P<ago>ago|back|from now|from today)\b(?P<today> today)?",
        readings.ago,
    ),
    _rule(
        rf"\bin (?:about |around )?{_COUNT} (?P<unit>day|week|fortnight|month|year)s?(?:'s?)?(?: time)?\b"
        r"(?! (?:ago|of|or|a row|old))",
        readings.in_so_long,
    ),
    _rule(rf"\b(?P<count>{ENGLISH_NUMBER}) {ENGLISH_WEEKDAY}s ago\b", readings.weekdays_ago),
    _rule(
        rf"\b(?:in|over|during|within|for)? ?the (?:last|past) (?:(?P<few>few|couple of|several) |(?P<count>"
        rf"{ENGLISH_NUMBER}) )(?P<unit>day|week|month|year)s?\b",
        readings.past_units,
    ),
    _rule(r"\bthe other (?:day|night|evening|week)\b", readings.other_day),
    _rule(
        rf"\b{ENGLISH_MONTH}\b\.? (?:the )?(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?\b{_NOT_A_DAY}{_YEAR_OR_WHICH}?",
        readings.date,
    ),
    _rule(
        rf"(?<![0-9.:/-])\b(?:the )?(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?(?: of)?[ -]{ENGLISH_MONTH}\b\.?(?:"
        rf"{_YEAR_OR_WHICH})?",
        readings.date,
    ),
    _rule(
        r"(?<![0-9./-])(?P<first>[0-3]?[0-9])(?P<mark>[/.])(?P<second>[0-3]?[0-9])(?P=mark)(?P<year>(?:19|20)[0-9]"
        r"{2})(?![0-9./-][0-9]|[0-9])",
        readings.numeric_date,
    ),
    _rule(rf"\b{ENGLISH_MONTH}\b\.?{_YEAR_OR_WHICH}", readings.month),
    _rule(
        rf"(?:"
        rf"{_BEHIND_MONTH_WORD}"
        rf"|(?<=\bmid-)){ENGLISH_MONTH}\b(?! [0-9]|'s)(?P<year>(?!))?(?P<whichyear>(?!))?",
        readings.month,
    ),
    _rule(rf"\b{_WHICH} {ENGLISH_MONTH}\b(?! (?:be|have|not)\b)", readings.which_month),
    _rule(rf"\b{_WHICH} {_SEASON}", readings.which_season),
    _rule(rf"\b(?:the )?{_SEASON}{_YEAR_OR_WHICH}", readings.season),
    _rule(rf"\bthe {_ORDINAL} of (?P<which>last|this|next) month\b", readings.day_of_month),
    _rule(
        rf"\b(?=the [0-9]){_BEHIND_DAY_WORD}the {_ORDINAL}(?P<which>(?!))?(?=\s*"
        rf"(?:[,.;!?)]|$|(?:at|and|i|we|but|for|with|to|in|she|he|they|because|after|before|when)\b))",
        readings.day_of_month,
    ),
    _rule(
        rf"\b(?=[12][0-9]{{3}}){_BEHIND_YEAR_WORD}"
        rf"(?P<year>(?:19|20)[0-9]{{2}})\b(?![0-9%]|[.,:][0-9]|-[0-9]| (?:people|times|dollars|miles|words|steps"
        rf"|calories)\b)",
        readings.year,
    ),
    _rule(rf"\b(?P<quarter>q[1-4])(?: of|,)? {_YEAR}", readings.quarter),
    _rule(rf"\b(?:the )?(?P<quarter>first|second|third|fourth|last) quarter of {_YEAR}", readings.quarter),
    _rule(
        rf"\b(?:{_WHICH} )?(?P<holiday>{'|'.join(sorted(readings.HOLIDAYS, key=len, reverse=True))})\b"
        rf"(?! (?:tree|present|gift|card|song|movie|dinner|party|market|carol|sweater|eve\b))s?{_YEAR_OR_WHICH}?",
        readings.feast,
    ),
)
