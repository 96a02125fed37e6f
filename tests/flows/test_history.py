"""What happened to a memory, and what was believed before."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from memosd.domain.history import Action, Cause, CauseKind
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Query
from memosd.retrieval.score import score
from tests.flows.conftest import PROJECT, Memosd, values


async def test_every_change_is_told_with_its_cause(memosd: Memosd) -> None:
    task = await memosd.say(("user", "I keep bees on the roof."))
    await memosd.accept.settled()
    await memosd.drain()
    [hit] = (await memosd.ask("bees")).facts
    events = await memosd.engine.storage.history(PROJECT, hit.memory.id)
    assert [(e.action, e.before, e.after) for e in events] == [(Action.MADE, None, 1), (Action.REVISED, 1, 2)]
    assert {e.cause for e in events} == {Cause(CauseKind.MESSAGE, task)}

    key = Cause(CauseKind.KEY, "key_1")
    await memosd.engine.storage.erase_memories(PROJECT, [hit.memory.id], by=key)
    [receipt] = await memosd.engine.storage.history(PROJECT, hit.memory.id)
    assert (receipt.action, receipt.cause, receipt.because) == (Action.DELETED, key, "")


async def test_a_search_of_the_past_finds_what_was_believed_then(memosd: Memosd) -> None:
    start = memosd.clock()
    memosd.clock.move(timedelta(hours=1))
    await memosd.say(("user", "I keep bees on the roof."))
    await memosd.drain()
    [then] = (await memosd.ask("bees")).facts
    at = memosd.clock()
    memosd.clock.move(timedelta(days=1))
    await memosd.say(("assistant", "Bees on a roof need shade in summer, and water."))
    await memosd.drain()
    [now] = (await memosd.ask("bees")).facts
    assert "shade" in now.memory.content.value

    async def past(moment: datetime) -> list[str]:
        query = Query(PROJECT, "ana", "bees", (Reach(Owner.user("ana")),), threshold=0.0, as_of=moment)
        return values((await memosd.recall(query)).facts)

    assert await past(at) == [then.memory.content.value]
    assert await past(start) == []
    assert await past(memosd.clock()) == [now.memory.content.value]


async def test_nobody_waits_while_the_past_is_measured(memosd: Memosd, monkeypatch: pytest.MonkeyPatch) -> None:
    await memosd.say(("user", "I keep bees on the roof."))
    await memosd.drain()
    on: list[threading.Thread] = []

    def measured(*given: Any, **named: Any) -> Any:
        on.append(threading.current_thread())
        return score(*given, **named)

    monkeypatch.setattr("memosd.flows.recall_past.score", measured)
    await memosd.recall(Query(PROJECT, "ana", "bees", (Reach(Owner.user("ana")),), as_of=memosd.clock()))
    assert on
    assert threading.current_thread() not in on
