from datetime import UTC, datetime

import pytest

from memosd.domain.ids import MessageId
from memosd.domain.memories import Content, Kind
from memosd.extraction.history import with_past


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
