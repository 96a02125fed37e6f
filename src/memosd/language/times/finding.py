"""Where in a text times stand, and when they are."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from operator import itemgetter

from memosd.domain.search import Span
from memosd.language.times import chinese, english, numeric
from memosd.language.times.numerals import fold
from memosd.language.times.refining import Found, refined
from memosd.language.times.rules import Moment, Rule
from memosd.language.times.spans import FIRST_YEAR, LAST_YEAR, Direction, Grain

MAX_LENGTH = 100_000
"""Characters of a text that are looked at."""
_GRAMMARS: tuple[tuple[re.Pattern[str], tuple[Rule, ...]], ...] = (
    (numeric.TRIGGER, numeric.RULES),
    (english.TRIGGER, english.RULES),
    (chinese.TRIGGER, chinese.RULES),
)
_AND = re.compile(r" ?(?:and|to|-|until|till|through|到|至|和|与) ?(?:the )?", re.ASCII)
_TELLS_YEAR = re.compile(r"年|\byear\b|[0-9]{4}", re.ASCII)
_SINCE_BEFORE = re.compile(r"(?:\bsince|自从?|从) ?$")
_SINCE_BEHIND = re.compile("[之以]后|以来|至今|起(?![床来飞])")
_UNTIL_BEFORE = re.compile(r"\b(?:before|until|till|prior to) $")
_UNTIL_BEHIND = re.compile("[之以]?前(?![女男任妻夫往后])")


@dataclass(frozen=True, slots=True)
class Mention:
    """An expression of time at text[start:end], and the stretch it means, in UTC.

    `grain` is the unit it is told in. A span longer than its grain is known only about (`a few days ago`). `relative`:
    it takes the time of speaking to understand it.
    """

    start: int
    end: int
    text: str
    span: Span
    grain: Grain
    relative: bool


def find_times(text: str, said_at: datetime, *, moved_from: datetime | None = None) -> list[Mention]:
    """The expressions of time in a text said at `said_at`, left to right, none over another.

    Days are those of the zone of `said_at` (UTC if it has none). Beyond `MAX_LENGTH` characters nothing is found.
    moved_from: the old day of what the text says was moved; without it, 'moved to the 20th' is no certain day.
    """
    return _mentions(text, said_at, lean=None, moved_from=moved_from)


def question_time(text: str, asked_at: datetime) -> Span | None:
    """The stretch of time a question asks about; None if it names none, or only the present.

    Of several the first counts, but those of `between … and …` and `从…到…` are taken together. `since 2019` reaches to
    the asking, `before 2019` back as far as there are years. Where the sentence does not tell, the past is meant.
    """
    mentions = _mentions(text, asked_at, lean="past")
    if not mentions:
        return None
    folded, first = fold(text), mentions[0]
    span, before = first.span, folded[max(0, first.start - 12) : first.start]
    if len(mentions) > 1 and _AND.fullmatch(folded[first.end : mentions[1].start]):
        return _covering(first, mentions[1])
    after = folded[first.end : first.end + 3]
    if _SINCE_BEFORE.search(before) or _SINCE_BEHIND.match(after):
        return Span(span.start, max(span.end, _aware(asked_at).astimezone(UTC)))
    if _UNTIL_BEFORE.search(before) or _UNTIL_BEHIND.match(after):
        return Span(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), span.start)
    return span


def _covering(first: Mention, second: Mention) -> Span:
    """From one to the other; where only one of them tells its year, it is that of both."""
    a, b = first.span, second.span
    if _TELLS_YEAR.search(first.text) and not _TELLS_YEAR.search(second.text):
        b = _years_later(b, a.start.year - b.start.year)
    elif _TELLS_YEAR.search(second.text) and not _TELLS_YEAR.search(first.text):
        a = _years_later(a, b.start.year - a.start.year)
    return Span(min(a.start, b.start), max(a.end, b.end))


def _years_later(span: Span, years: int) -> Span:
    """The same stretch of another year; 29 February becomes the 28th."""

    def moved(at: datetime) -> datetime:
        return at.replace(year=at.year + years, day=28 if (at.month, at.day) == (2, 29) else at.day)

    return Span(moved(span.start), moved(span.end))


def _mentions(
    text: str, said_at: datetime, *, lean: Direction | None, moved_from: datetime | None = None
) -> list[Mention]:
    folded = fold(text[:MAX_LENGTH])
    rules = [rule for trigger, grammar in _GRAMMARS if trigger.search(folded) for rule in grammar]
    if not rules:
        return []
    said_at = _aware(said_at)
    old_day = _aware(moved_from).astimezone(said_at.tzinfo).replace(tzinfo=None) if moved_from else None
    matches = [(match.start(), -match.end(), rule, match) for rule in rules for match in rule.pattern.finditer(folded)]
    mentions: list[Mention] = []
    floor = 0
    for start, _, rule, match in sorted(matches, key=itemgetter(0, 1)):  # leftmost first, then the longest
        if start < floor:
            continue
        at = Moment(text, folded, said_at.replace(tzinfo=None), start, match.end(), lean, old_day)
        mention = _mention(rule, match, at, said_at.tzinfo, floor)
        if mention:
            mentions.append(mention)
            floor = mention.end
    return mentions


def _mention(rule: Rule, match: re.Match[str], at: Moment, zone: tzinfo | None, floor: int) -> Mention | None:
    try:
        reading = rule.read(match, at)
        if reading is None:
            return None
        found = refined(Found(at.start, at.end, reading), at.folded, floor)
        start, end = (
            moment.replace(tzinfo=zone).astimezone(UTC) for moment in (found.reading.start, found.reading.end)
        )
    except (ValueError, OverflowError):  # the calendar has no such time
        return None
    if not FIRST_YEAR <= start.year <= end.year <= LAST_YEAR:
        return None
    where, reading = slice(found.start, found.end), found.reading
    return Mention(found.start, found.end, at.text[where], Span(start, end), reading.grain, reading.relative)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
