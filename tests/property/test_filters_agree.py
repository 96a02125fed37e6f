"""Whatever the filter: the engine finds exactly the memories that `matches` lets pass."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memosd.domain.changes import Add
from memosd.domain.filters import All, AnyOf, Everything, Field, FieldIs, Filter, InfoIs, Op, TimeIs, canonical, matches
from memosd.domain.ids import MemoryId
from memosd.domain.memories import Kind
from memosd.domain.scope import Owner, Reach
from tests.support.bounded import BOUNDED
from tests.support.engines import ENGINES, Place, Places, opened
from tests.support.records import MORNING, PROJECT, Records, batch, content, question

WORDS = st.sampled_from(["", "a", "ab", "b", "A", "7", "7.0", "10", "é", "中文", "文", "x'y\"%_", "true"])
NUMBERS = st.one_of(st.integers(-20, 20), st.sampled_from([0.5, 7.0, -3.25, 1e20, 1e-7]))
KEYS = st.sampled_from(["scene", "biz_id", "k.1"])
TIMES = st.integers(-3, 3).map(lambda n: MORNING + timedelta(microseconds=n))
LABELS = st.one_of(st.none(), WORDS)
TEXTS = st.one_of(WORDS, st.sampled_from(["\0", "a\0b", "\x01"]))
INFO = st.dictionaries(KEYS, st.one_of(TEXTS, NUMBERS, st.lists(TEXTS, max_size=3).map(tuple)), max_size=3)

LABEL_FIELDS = (Field.AGENT, Field.APP, Field.CONVERSATION, Field.TAGS)
ORDERS = (Op.GT, Op.GTE, Op.LT, Op.LTE)


def _info_is(key: str, op: Op, operand: str | float) -> InfoIs:
    text = canonical(operand)
    try:
        number = float(operand) if not isinstance(operand, str) or text.lstrip("-").replace(".", "").isdigit() else None
    except ValueError:
        number = None
    return InfoIs(key, op, text, number)


CONDITIONS = st.one_of(
    st.just(Everything()),
    st.builds(FieldIs, st.sampled_from(LABEL_FIELDS), WORDS),
    st.builds(TimeIs, st.sampled_from([Field.CREATED, Field.UPDATED]), st.sampled_from(ORDERS), TIMES),
    st.builds(_info_is, KEYS, st.sampled_from(list(Op)), st.one_of(TEXTS, NUMBERS)),
)
FILTERS: st.SearchStrategy[Filter] = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda clauses: All(tuple(clauses))),
        st.lists(inner, max_size=3).map(lambda clauses: AnyOf(tuple(clauses))),
    ),
    max_leaves=6,
)
MEMORIES = st.fixed_dictionaries(
    {
        "agent": LABELS,
        "app": LABELS,
        "conversation": WORDS,
        "tags": st.lists(WORDS, max_size=3, unique=True).map(tuple),
        "info": INFO,
        "created": TIMES,
    }
)


async def _agree(place: Place, memories: list[dict[str, Any]], filters: list[Filter]) -> None:
    async with opened(place) as engine:
        records = Records(
            engine.storage, engine.queue, engine.keys, {index.name: index for index in engine.indexes}, engine.files
        )
        ids = []
        for number, given_memory in enumerate(memories):
            labels = {name: given_memory[name] for name in ("agent", "app", "conversation", "info")}
            taken = batch("said", received_at=given_memory["created"], **labels)
            draft = Add(MemoryId(f"mem_{number}"), content("tea", tags=given_memory["tags"]))
            await records.accept(taken, draft)
            ids.append(draft.id)
        written = await engine.storage.memories(PROJECT, ids)
        for clause in filters:
            expected = {memory.id for memory in written if matches(clause, memory)}
            reach = (Reach(Owner.user("ann"), clause),)
            found = await records.found("text", question("tea", reach=reach), limit=99)
            assert set(found) == expected
            kinds = frozenset(Kind)
            page = await engine.storage.browse(PROJECT, "ann", reach=reach, kinds=kinds, offset=0, limit=99)
            assert {memory.id for memory in page.memories} == expected
            assert page.total == len(expected)


@pytest.mark.parametrize("kind", ENGINES)
@BOUNDED
@given(memories=st.lists(MEMORIES, min_size=1, max_size=6), filters=st.lists(FILTERS, min_size=1, max_size=12))
def test_sql_agrees_with_matches(
    places: Places, kind: str, memories: list[dict[str, Any]], filters: list[Filter]
) -> None:
    with places.new(kind) as place:
        asyncio.run(_agree(place, memories, filters))
