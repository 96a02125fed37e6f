"""How a rule is written: a pattern over folded text, and what a match of it means at a moment."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from memosd.language.times import spans
from memosd.language.times.spans import Direction, Reading, nearest
from memosd.language.times.tense import comes_again, direction_at, is_moved


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when a match stands. `now` is the speaker's clock; `folded` is `text` but for the letters' forms."""

    text: str
    folded: str
    now: datetime
    start: int
    end: int
    lean: Direction | None = None
    """The direction where the sentence gives none: a question asks about the past."""
    moved_from: datetime | None = None
    """The day, by the same clock, of what the text may say was moved, if that is known."""

    @property
    def direction(self) -> Direction | None:
        return direction_at(self.folded, self.start, self.end) or self.lean

    @property
    def again(self) -> bool:
        """Whether it is told of what is done again and again, on no certain day."""
        return comes_again(self.folded, self.start, self.end)

    @property
    def moved(self) -> bool:
        return is_moved(self.folded, self.start, self.end)

    def capitalised(self, at: int) -> bool:
        return self.text[at : at + 1].isupper()

    def of_year(self, reading: Callable[[int], Reading]) -> Reading | None:
        """The one meant of something that comes every year. A year that lacks it (29 February) is passed over."""
        years = range(self.now.year - 4, self.now.year + 5)
        return nearest(_existing(reading, [(year,) for year in years]), self.now, self.direction)

    def of_month(self, reading: Callable[[int, int], Reading]) -> Reading | None:
        """The one meant of something that comes every month. Of what is moved there, the one nearest to its old day;
        None where that is not known, since the new day may be of any month."""
        moved = self.moved
        about = self.moved_from if moved else self.now
        if about is None:
            return None
        months = [spans.month_of(about, shift).start for shift in range(-2, 3)]
        existing = _existing(reading, [(one.year, one.month) for one in months])
        return nearest(existing, about, None if moved else self.direction)


Read = Callable[[re.Match[str], Moment], Reading | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """`read` gives None where the match is no time after all, and raises ValueError or OverflowError where the calendar
    has no such time; both mean that nothing stands there."""

    pattern: re.Pattern[str]
    read: Read


def _existing(reading: Callable[..., Reading], places: Iterable[tuple[int, ...]]) -> Iterator[Reading]:
    for place in places:
        try:
            yield reading(*place)
        except ValueError:
            continue
