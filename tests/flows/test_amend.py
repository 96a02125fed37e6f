"""One memory changed by a request, while others may change it, too."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from memosd.domain.changes import Change
from memosd.domain.errors import Invalid, NoSuchMemory, Outdated
from memosd.domain.history import Action, Cause, CauseKind
from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Memory, Stage
from memosd.domain.tasks import Again
from memosd.extraction.resolve import LocalResolver
from memosd.flows.amend import TRIES, AmendMemory
from memosd.ports.models import Purpose, Vectors
from memosd.ports.storage import Ranked
from tests.flows.conftest import PROJECT, Memosd, values
from tests.support.fakes import HashEmbedder

KEY = Cause(CauseKind.KEY, "key_1")
Meanwhile = Callable[[], Awaitable[object]]


class SlowEmbedder(HashEmbedder):
    """Lets something else happen while it embeds, each thing once."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Meanwhile] = []

    async def embed(self, texts: Sequence[str], *, purpose: Purpose) -> Vectors:
        if self.meanwhile:
            await self.meanwhile.pop(0)()
        return await super().embed(texts, purpose=purpose)


@dataclass(frozen=True)
class SlowResolver(LocalResolver):
    """Lets something else happen once it has been asked, each thing once."""

    meanwhile: list[Meanwhile] = field(default_factory=list)

    async def resolve(
        self,
        contents: Sequence[Content],
        *,
        vectors: Sequence[Vectors],
        earlier: Sequence[Memory],
        nearby: Sequence[Sequence[Ranked]],
    ) -> list[Change]:
        changes = await super().resolve(contents, vectors=vectors, earlier=earlier, nearby=nearby)
        if self.meanwhile:
            await self.meanwhile.pop(0)()
        return changes


def amending(memosd: Memosd) -> AmendMemory:
    return AmendMemory(memosd.engine.storage, lambda: memosd.by_line, memosd.clock)


async def first_form(memosd: Memosd, text: str) -> MemoryId:
    await memosd.say(("user", text))
    [hit] = (await memosd.ask(text)).facts
    return hit.memory.id


async def runs_in_vain(memosd: Memosd) -> Again:
    """Run the task that is ready, which is to run again, and make it ready at once."""
    await memosd.accept.settled()
    [claimed] = await memosd.engine.queue.claim(limit=1, lease=timedelta(minutes=1))
    outcome = await memosd.worker.outcome(claimed)
    assert isinstance(outcome, Again)
    await memosd.engine.queue.settle(claimed, replace(outcome, after=timedelta(0)))
    return outcome


async def as_it_is(memosd: Memosd, name: MemoryId) -> Memory:
    [memory] = await memosd.engine.storage.memories(PROJECT, [name])
    return memory


async def test_a_memory_is_reworded_archived_and_restored(memosd: Memosd) -> None:
    amend = AmendMemory(memosd.engine.storage, lambda: memosd.by_line, memosd.clock)
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
    amend = AmendMemory(memosd.engine.storage, lambda: memosd.by_line, memosd.clock)
    await memosd.say(("user", "I keep bees on the roof."))
    await memosd.drain()
    [hit] = (await memosd.ask("bees")).facts
    for project, name in ((ProjectId("other"), hit.memory.id), (PROJECT, MemoryId("mem_none"))):
        with pytest.raises(NoSuchMemory):
            await amend(project, name, by=KEY, value="stolen")


async def test_changes_at_the_same_time_are_all_kept(memosd: Memosd) -> None:
    name, amend = await first_form(memosd, "I keep bees on the roof."), amending(memosd)
    await asyncio.gather(
        amend(PROJECT, name, by=KEY, value="Ana keeps goats."), amend(PROJECT, name, by=KEY, title="Animals")
    )
    memory = await as_it_is(memosd, name)
    assert (memory.content.value, memory.content.title, memory.version) == ("Ana keeps goats.", "Animals", 3)


async def test_what_happens_meanwhile_is_told_and_not_passed_over(memosd: Memosd) -> None:
    name, amend = await first_form(memosd, "I keep bees on the roof."), amending(memosd)
    slow = SlowEmbedder()
    late = AmendMemory(memosd.engine.storage, lambda: slow, memosd.clock)

    slow.meanwhile = [lambda: amend(PROJECT, name, by=KEY, status="archived")]
    with pytest.raises(Invalid, match="archived"):
        await late(PROJECT, name, by=KEY, value="Ana keeps goats.")
    slow.meanwhile = [lambda: amend(PROJECT, name, by=KEY, status="activated")]
    assert (await late(PROJECT, name, by=KEY, value="Ana keeps goats.", status="activated")).version == 3
    slow.meanwhile = [lambda: memosd.engine.storage.erase_memories(PROJECT, [name])]
    with pytest.raises(NoSuchMemory):
        await late(PROJECT, name, by=KEY, value="Ana keeps nothing.")


async def test_a_request_that_always_comes_too_late_gives_up(memosd: Memosd) -> None:
    name, amend = await first_form(memosd, "I keep bees on the roof."), amending(memosd)
    slow = SlowEmbedder()

    def titled(i: int) -> Meanwhile:
        return lambda: amend(PROJECT, name, by=KEY, title=f"Title {i}")

    slow.meanwhile = [titled(i) for i in range(TRIES)]
    with pytest.raises(Outdated):
        await AmendMemory(memosd.engine.storage, lambda: slow, memosd.clock)(PROJECT, name, by=KEY, value="Goats.")
    assert (await as_it_is(memosd, name)).content.title == f"Title {TRIES - 1}"


@pytest.mark.parametrize(
    ("said", "corrected", "question"),
    [
        ("I prefer tea to coffee.", "Ana prefers cocoa.", "tea coffee cocoa"),
        ("我更喜欢喝茶，不喜欢咖啡。", "安娜更喜欢可可。", "茶 咖啡 可可"),
    ],
)
async def test_what_was_corrected_before_its_task_ran_stays(
    memosd: Memosd, said: str, corrected: str, question: str
) -> None:
    name = await first_form(memosd, said)
    await amending(memosd)(PROJECT, name, by=KEY, value=corrected)
    await memosd.drain()
    memory = await as_it_is(memosd, name)
    assert (memory.content.value, memory.content.stage, memory.version) == (corrected, Stage.CORRECTED, 2)
    found = await memosd.ask(question)
    assert values(found.facts) == [corrected]
    assert found.preferences == (), "nothing is made of the words that were wrong"


@pytest.mark.parametrize(
    ("said", "answer"), [("I live in Berlin.", "A nice town, Berlin!"), ("我住在柏林。", "柏林是个好地方！")]
)
async def test_a_correction_stays_when_the_answer_comes(memosd: Memosd, said: str, answer: str) -> None:
    name = await first_form(memosd, said)
    await memosd.drain()
    await amending(memosd)(PROJECT, name, by=KEY, value="Hamburg.")
    await memosd.say(("assistant", answer))
    await memosd.drain()
    assert (await as_it_is(memosd, name)).content.value == "Hamburg."
    assert not any(said in value for value in values((await memosd.ask("Berlin 柏林")).facts))


async def test_a_title_given_before_the_task_ran_is_kept_with_the_refined_words(memosd: Memosd) -> None:
    name = await first_form(memosd, "I moved to Leeds yesterday.")
    await amending(memosd)(PROJECT, name, by=KEY, title="Home")
    await memosd.drain()
    memory = await as_it_is(memosd, name)
    assert (memory.content.title, memory.content.stage, memory.version) == ("Home", Stage.REFINED, 3)
    assert "2026-03-01" in memory.content.value


@pytest.mark.parametrize("said", ["I prefer tea to coffee.", "我更喜欢喝茶，不喜欢咖啡。"])
async def test_what_was_archived_before_its_task_ran_does_not_come_back(memosd: Memosd, said: str) -> None:
    name = await first_form(memosd, said)
    await amending(memosd)(PROJECT, name, by=KEY, status="archived")
    memosd.embedder.down = True
    await runs_in_vain(memosd)
    memosd.embedder.down = False
    assert (await memosd.ask(said)).facts == (), "a run that fails writes no other first form"
    assert await memosd.drain() == 1
    found = await memosd.ask(said)
    assert (found.facts, found.preferences) == ((), ())
    assert not (await as_it_is(memosd, name)).active


async def test_a_task_runs_again_on_what_was_written_while_it_ran(memosd: Memosd) -> None:
    name, amend = await first_form(memosd, "I keep bees on the roof."), amending(memosd)
    await memosd.drain()
    resolver = SlowResolver([lambda: amend(PROJECT, name, by=KEY, title="Animals")])
    memosd.remember = replace(memosd.remember, resolver=resolver)
    await memosd.say(("user", "I keep bees on the roof."))
    assert "has changed" in (await runs_in_vain(memosd)).reason
    assert (await as_it_is(memosd, name)).content.title == "Animals"

    assert await memosd.drain() == 1
    memory = await as_it_is(memosd, name)
    assert (memory.content.title, len(memory.content.sources)) == ("Animals", 2), "both the title and the new source"
