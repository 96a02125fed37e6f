"""One memory changed by a request."""

import pytest

from memosd.domain.errors import Invalid, NoSuchMemory
from memosd.domain.history import Action, Cause, CauseKind
from memosd.domain.ids import MemoryId, ProjectId
from memosd.flows.amend import AmendMemory
from tests.flows.conftest import PROJECT, Memosd, values

KEY = Cause(CauseKind.KEY, "key_1")


async def test_a_memory_is_reworded_archived_and_restored(memosd: Memosd) -> None:
    amend = AmendMemory(memosd.engine.storage, lambda: memosd.embedder, memosd.clock)
    await memosd.say(("user", "I keep bees on the roof."))
    await memosd.accept.settled()
    await memosd.drain()
    [hit] = (await memosd.ask("bees")).facts
    name = hit.memory.id

    changed = await amend(PROJECT, name, by=KEY, value="Ana keeps goats in the yard.", title="Goats")
    assert (changed.content.title, changed.version) == ("Goats", 3)
    assert values((await memosd.ask("goats yard")).facts) == ["Ana keeps goats in the yard."]
    assert (await amend(PROJECT, name, by=KEY, title="Goats")).version == 3, "nothing new is no new version"

    assert not (await amend(PROJECT, name, by=KEY, status="archived")).active
    assert (await memosd.ask("goats yard")).facts == ()
    with pytest.raises(Invalid, match="archived"):
        await amend(PROJECT, name, by=KEY, value="Ana keeps nothing.")

    assert (await amend(PROJECT, name, by=KEY, status="activated")).active
    assert values((await memosd.ask("goats yard")).facts) == ["Ana keeps goats in the yard."]
    events = await memosd.engine.storage.history(PROJECT, name)
    assert [(e.action, e.before, e.after) for e in events[2:]] == [
        (Action.CORRECTED, 2, 3),
        (Action.RETIRED, 3, None),
        (Action.RESTORED, None, 4),
    ]
    assert {e.cause for e in events[2:]} == {KEY}


async def test_another_projects_memory_does_not_exist(memosd: Memosd) -> None:
    amend = AmendMemory(memosd.engine.storage, lambda: memosd.embedder, memosd.clock)
    await memosd.say(("user", "I keep bees on the roof."))
    await memosd.drain()
    [hit] = (await memosd.ask("bees")).facts
    for project, name in ((ProjectId("other"), hit.memory.id), (PROJECT, MemoryId("mem_none"))):
        with pytest.raises(NoSuchMemory):
            await amend(project, name, by=KEY, value="stolen")
