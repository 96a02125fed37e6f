"""What is encoded decodes to an equal value."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memosd.domain.ids import BatchId, MemoryId, MessageId
from memosd.domain.memories import Content, Entity, Kind, Stage, View
from memosd.domain.messages import Info, Message, Role
from memosd.domain.tasks import Remember
from memosd.engines.common import codec
from tests.support.bounded import BOUNDED
from tests.support.records import content

# SQLite text and JSON are UTF-8: no lone surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TIMES = st.datetimes(timezones=st.just(UTC))
STRINGS = st.lists(TEXT, max_size=3).map(tuple)
NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXT, inner, max_size=2)),
    max_leaves=4,
)
CONTENTS = st.builds(
    Content,
    kind=st.sampled_from(Kind),
    title=TEXT,
    value=TEXT,
    said_at=TIMES,
    sources=STRINGS.map(lambda ids: tuple(map(MessageId, ids))),
    keys=STRINGS,
    terms=STRINGS,
    entities=st.lists(st.builds(Entity, TEXT, TEXT), max_size=3).map(tuple),
    tags=STRINGS,
    view=st.sampled_from(View),
    language=TEXT,
    confidence=st.floats(0, 1),
    stage=st.sampled_from(Stage),
    holds_from=st.none() | TIMES,
    holds_until=st.none() | TIMES,
    detail=st.dictionaries(TEXT, JSON, max_size=2),
)
MESSAGES = st.builds(
    Message,
    id=TEXT.map(MessageId),
    role=st.sampled_from(Role),
    text=TEXT,
    said_at=TIMES,
    tool_calls=st.lists(st.dictionaries(TEXT, JSON, max_size=2), max_size=2).map(tuple),
    tool_call_id=st.none() | TEXT,
)
INFOS = st.dictionaries(TEXT, st.one_of(TEXT, NUMBERS, STRINGS), max_size=3)


@BOUNDED
@given(CONTENTS)
def test_contents(value: Content) -> None:
    assert codec.decode_content(codec.encode_content(value)) == value


@BOUNDED
@given(MESSAGES, INFOS, TIMES)
def test_messages_info_and_times(message: Message, info: Info, at: datetime) -> None:
    assert codec.decode_message(codec.encode_message(message)) == message
    assert codec.decode_info(codec.encode_info(info)) == info
    assert codec.instant(codec.micros(at)) == at


def test_times_of_other_zones_are_the_same_instant_in_utc() -> None:
    there = datetime(2025, 9, 12, 16, 0, 0, 1, tzinfo=timezone(timedelta(hours=8)))
    read = codec.instant(codec.micros(there))
    assert read == there
    assert read.utcoffset() == timedelta(0)


def test_jobs() -> None:
    assert codec.decode_job(codec.encode_job(Remember(BatchId("b")))) == Remember(BatchId("b"))


def test_vectors_come_back_to_half_precision() -> None:
    rows = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    encoded = codec.encode_memory(MemoryId("m"), content("x", keys=("a", "b", "c")), vectors=rows)
    decoded = codec.decode_vectors(encoded.vectors, dimension=4)
    assert decoded.dtype == np.float32
    np.testing.assert_allclose(decoded, rows, atol=1e-3)


@pytest.mark.parametrize("shape", [(0, 4), (2, 4), (4,)])
def test_vectors_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="vectors for 0 keys"):
        codec.encode_memory(MemoryId("m"), content("x"), vectors=np.zeros(shape, dtype=np.float32))


def test_what_is_searched_is_made_comparable() -> None:
    encoded = codec.encode_memory(
        MemoryId("m"),
        content(
            "x", terms=["tea", "tea", "two words", "", "茶"], tags=("a", "b", "a"), names=[" Straße", "STRASSE", " "]
        ),
        after=MemoryId("m"),
    )
    assert encoded.terms == ("tea", "茶")
    assert encoded.tags == ("a", "b")
    assert [name for name, _ in encoded.entities] == ["strasse"]
    assert encoded.after is None, "nothing follows itself"
