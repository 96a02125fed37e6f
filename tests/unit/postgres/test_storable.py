"""Text as PostgreSQL can hold it."""

from hypothesis import given
from hypothesis import strategies as st

from memosd.engines.postgres.storable import MAX_INDEXED, indexable, original, storable
from tests.support.bounded import BOUNDED
from tests.support.records import Records, batch

TEXT = st.text(st.sampled_from("\0\x01\x02a中"), max_size=8)


@BOUNDED
@given(one=TEXT, other=TEXT)
def test_every_text_comes_back_and_keeps_its_place(one: str, other: str) -> None:
    assert "\0" not in storable(one)
    assert original(storable(one)) == one
    assert (storable(one) == storable(other)) == (one == other)
    assert (storable(one) < storable(other)) == (one < other)


def test_what_is_indexed_is_never_too_long() -> None:
    assert indexable("北京") == "北京"
    long, longer = "北" * 5_000, "北" * 5_001
    assert len(indexable(long).encode()) <= MAX_INDEXED
    assert indexable(long) != indexable(longer)
    assert indexable(long) == indexable("北" * 5_000)


async def test_messages_may_say_anything(records: Records) -> None:
    taken = batch("a\0b \x01\x02 \x01\x01", info={"k\0": "v\0", "list": ("\0", "\x01")})
    await records.accept(taken)
    assert await records.storage.batch(taken.id) == taken
