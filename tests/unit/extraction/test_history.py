from dataclasses import replace
from datetime import UTC, datetime

import pytest

from memosd.domain.ids import MessageId
from memosd.domain.memories import Content, Kind
from memosd.extraction.history import with_news, with_past
from memosd.language.times import resolve_times


def content(kind: Kind, text: str, day: int) -> Content:
    said_at = datetime(2025, 5, day, tzinfo=UTC)
    return Content(kind, "", text, said_at=said_at, sources=(MessageId(f"m{day}"),), keys=(text,), terms=("x",))


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("I have lentil soup for lunch now.", "For lunch I have a cheese toastie."),
        ("午饭改喝扁豆汤了。", "午饭我吃奶酪吐司。"),
    ],
)
def test_a_fact_and_a_preference_that_said_the_same_are_noted_once(new: str, old: str) -> None:
    found = with_past(content(Kind.FACT, new, 9), content(Kind.FACT, f"User: {old}", 2))
    found = with_past(found, content(Kind.PREFERENCE, old, 2))
    assert found.value.count(old) == 1


def test_what_was_before_that_is_noted_too_the_latest_first() -> None:
    second = with_past(content(Kind.FACT, "I live in Leeds.", 2), content(Kind.FACT, "I live in York.", 1))
    third = with_past(content(Kind.FACT, "I live in Hull.", 3), second)
    assert third.value.index("Leeds") < third.value.index("York")


@pytest.mark.parametrize(
    ("old", "noted"),
    [
        ("We sail to Fårö the day after tomorrow.", "We sail to Fårö the day after tomorrow (2025-05-04)."),
        ("下个月三号我们去舟山。", "下个月三号（2025年6月3日）我们去舟山。"),
        ("下週六去舟山釣魚。", "下週六（2025年5月10日）去舟山釣魚。"),
    ],
)
def test_what_was_before_keeps_its_dates(old: str, noted: str) -> None:
    known = content(Kind.FACT, f"User: {old}", 2)
    known = replace(known, value=f"[2025-05-02] {resolve_times(known.value, known.said_at)}")
    assert noted in with_past(content(Kind.FACT, "x", 9), known).value
    in_other_words = replace(content(Kind.PREFERENCE, old, 2), value="[2025-05-02] …")
    assert noted in with_past(content(Kind.FACT, "x", 9), in_other_words).value


def test_what_was_before_keeps_the_dates_that_it_had_and_no_notes() -> None:
    """A corrected memory has times that count from another day than that of the correction."""
    known = content(Kind.FACT, "Tomorrow we sail to Fårö.", 5)
    known = replace(known, value="[2025-05-05] Correction: User: Tomorrow (2025-05-03) we sail to Fårö.")
    noted = with_past(
        content(Kind.FACT, "x", 9), with_news(known, content(Kind.FACT, "Tomorrow we sail to Fårö at ten.", 6))
    )
    assert "(before, until 2025-05-09: Tomorrow (2025-05-03) we sail to Fårö.)" in noted.value


@pytest.mark.parametrize(
    ("old", "new", "becomes"),
    [
        ("下个月15号（2025年6月15日）我们去舟山。", "去舟山改到20号了。", "去舟山改到20号（2025年6月20日）了。"),
        ("6月28号（2025年6月28日）體檢。", "體檢推遲到3號。", "體檢推遲到3號（2025年7月3日）。"),
        ("我喜欢去舟山。", "去舟山改到20号了。", "去舟山改到20号了。"),
        (
            "We sail on the 15th of next month (2025-06-15).",
            "Our sailing was moved to the 20th at 5 pm.",
            "Our sailing was moved to the 20th at 5 pm (2025-06-20 17:00).",
        ),
        ("2025-06-15 we sail.", "We go to the 20th floor to sail.", "We go to the 20th floor to sail."),
    ],
)
def test_a_day_that_something_is_moved_to_is_one_near_the_old_day(old: str, new: str, becomes: str) -> None:
    found = content(Kind.FACT, new, 9)
    assert resolve_times(new, found.said_at) == new
    assert with_past(found, content(Kind.FACT, old, 2)).value.startswith(becomes)
