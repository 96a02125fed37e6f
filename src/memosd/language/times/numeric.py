"""Dates in digits, the same in every language: ISO 8601 and its kin with `/` or `.`, year first."""

import re

from memosd.language.times import spans
from memosd.language.times.rules import Moment, Rule
from memosd.language.times.spans import Reading

TRIGGER = re.compile(r"(?:19|20)[0-9]{2}[-/.]", re.ASCII)


def _date(match: re.Match[str], at: Moment) -> Reading:
    return spans.date(int(match["year"]), int(match["month"]), int(match["day"])).absolute()


def _month(match: re.Match[str], at: Moment) -> Reading:
    return spans.month(int(match["year"]), int(match["month"])).absolute()


RULES = (
    Rule(
        re.compile(
            r"(?<![0-9./-])(?P<year>(?:19|20)[0-9]{2})(?P<mark>[-/.])(?P<month>[01]?[0-9])(?P=mark)"
            r"(?P<day>[0-3]?[0-9])(?![0-9]|[-/.][0-9])",
            re.ASCII,
        ),
        _date,
    ),
    Rule(
        re.compile(r"(?<![0-9./:-])(?P<year>(?:19|20)[0-9]{2})-(?P<month>0[1-9]|1[0-2])(?![0-9-]|[./][0-9])", re.ASCII),
        _month,
    ),
)
