"""Deletion: what is deleted is gone everywhere, and nothing else is."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256

import pytest

from memosd.domain.changes import Add, Retire, Revise
from memosd.domain.errors import Outdated, StorageUnavailable
from memosd.domain.history import Action
from memosd.domain.ids import MemoryId
from memosd.domain.memories import Kind, Stage
from memosd.domain.messages import Batch, Role
from memosd.domain.scope import Owner, Reach
from memosd.domain.tasks import Task
from memosd.engines.common.erasure import Portion, in_portions
from memosd.ports.storage import Erased
from tests.support.records import (
    MODEL,
    OTHER_PROJECT,
    PROJECT,
    Records,
    batch,
    content,
    memory_id,
    question,
)

ANN = (Reach(Owner.user("ann")),)
EVERYWHERE = question("tea", "coffee", entities=["tea", "coffee"])


async def test_deleted_memories_are_in_no_answer(records: Records) -> None:
    tea, coffee = await records.remember(
        content("ann likes tea", names=["tea"]), content("coffee too", names=["coffee"])
    )
    await records.found_anywhere(EVERYWHERE)
    assert await records.storage.erase_memories(PROJECT, [tea, tea]) == Erased(deleted=1)
    assert await records.found_anywhere(EVERYWHERE) == {coffee}
    assert await records.storage.memories(PROJECT, [tea]) == []
    assert await records.storage.versions(PROJECT, tea) == []
    assert await records.storage.ranked(PROJECT, [tea], model=MODEL) == []
    page = await records.storage.browse(PROJECT, "ann", reach=ANN, kinds=frozenset(Kind), offset=0, limit=9)
    assert (page.total, [memory.id for memory in page.memories]) == (1, [coffee])


async def test_all_of_the_ids_or_none(records: Records) -> None:
    [mine] = await records.remember(content("ann likes tea"))
    [foreign] = await records.remember(content("coffee"), project=OTHER_PROJECT)
    unknown = MemoryId("mem_x")
    erased = await records.storage.erase_memories(PROJECT, [mine, foreign, unknown])
    assert erased == Erased(deleted=0, foreign=(foreign,), unknown=(unknown,))
    assert await records.found("text", question("tea")) == [mine]
    assert len(await records.storage.memories(OTHER_PROJECT, [foreign])) == 1


async def test_messages_of_deleted_memories_are_not_learnt_from_again(records: Records) -> None:
    taken = batch("I like tea", "and coffee")
    tea, coffee = taken.messages
    only_tea = Add(memory_id(), content("ann likes tea", sources=[tea], stage=Stage.DRAFT))
    both = Add(memory_id(), content("tea and coffee", sources=[tea, coffee], stage=Stage.DRAFT))
    task = await records.claim(await records.accept(taken, only_tea, both))
    await records.storage.erase_memories(PROJECT, [only_tea.id])
    again = await records.storage.batch(taken.id)
    assert again is not None
    assert again.messages == (tea, coffee), "another memory still rests on the first message"
    await records.storage.erase_memories(PROJECT, [both.id])
    again = await records.storage.batch(taken.id)
    assert again is not None
    assert again.messages == ()
    following = batch("next")
    await records.accept(following)
    assert [one.text for one in await records.storage.talk_before(following, limit=9)] == []
    shown = await records.storage.conversation(PROJECT, "ann", "c1", roles=(Role.USER,), limit=9)
    assert [one.text for one in shown] == ["I like tea", "and coffee", "next"]
    late = Add(memory_id(), content("ann likes tea after all", sources=[tea]))
    revised = Revise(only_tea.id, content("ann likes tea", sources=[tea]), version=1)
    with pytest.raises(Outdated):
        await records.apply(task, taken, late, revised)
    assert await records.apply(task, taken, late)
    assert await records.found_anywhere(EVERYWHERE) == set(), "an extraction that began before the deletion"


async def test_the_links_of_a_deleted_memory_go_with_it(records: Records) -> None:
    first, second, third = memory_id(), memory_id(), memory_id()
    adds = (Add(first, content("a")), Add(second, content("b"), after=first), Add(third, content("c"), after=second))
    await records.learn(batch("x"), *adds)
    await records.learn(batch("y"), Retire(first, "superseded", second, version=1))
    await records.storage.erase_memories(PROJECT, [second])
    [kept] = await records.storage.ranked(PROJECT, [third], model=MODEL)
    assert kept.before is None
    [retired] = await records.storage.memories(PROJECT, [first])
    assert retired.replaced_by is None


async def test_deleting_a_user_takes_all_that_came_from_them(records: Records) -> None:
    taken = batch("I like tea", "very much")
    draft = Add(memory_id(), content("ann likes tea", sources=taken.messages, names=["tea"], stage=Stage.DRAFT))
    waiting = await records.accept(taken, draft)
    public = batch("we drink coffee", owner=Owner.public())
    shared = Add(memory_id(), content("coffee for all", names=["coffee"], stage=Stage.DRAFT))
    await records.accept(public, shared)
    for other in ({"user": "bob"}, {"project": OTHER_PROJECT}):
        await records.accept(batch("tea", **other), Add(memory_id(), content("tea", names=["tea"], stage=Stage.DRAFT)))
    assert await records.storage.erase_user(PROJECT, "ann") == Erased(deleted=5)
    mine = (*ANN, Reach(Owner.public()))
    assert await records.found_anywhere(question("tea", "coffee", entities=["tea", "coffee"], reach=mine)) == set()
    assert await records.storage.batch(taken.id) is None
    assert await records.storage.conversation(PROJECT, "ann", "c1", roles=tuple(Role), limit=9) == []
    assert await records.queue.record(PROJECT, waiting.id) is None
    bob = question("tea", reach=[Reach(Owner.user("bob"))])
    theirs = question("tea", project=OTHER_PROJECT)
    assert [len(await records.found("text", probe)) for probe in (bob, theirs)] == [1, 1]
    assert await records.storage.erase_user(PROJECT, "ann") == Erased(deleted=0)


@pytest.fixture
def portions(monkeypatch: pytest.MonkeyPatch) -> None:
    for engine in ("sqlite", "postgres"):
        monkeypatch.setattr(f"memosd.engines.{engine}.erasure.ERASED_AT_ONCE", 2)


async def live_for_long(records: Records) -> tuple[Batch, Task]:
    """Five rounds of ann's, one of them for all and the last one still to be refined; that one with its task."""
    for n in range(4):
        taken = batch(f"round {n}", owner=Owner.public() if n == 3 else Owner.user("ann"))
        await records.learn(taken, Add(memory_id(), content(f"tea {n}", sources=taken.messages, names=["tea"])))
    last = batch("round 4")
    draft = Add(memory_id(), content("tea 4", sources=last.messages, names=["tea"], stage=Stage.DRAFT))
    return last, await records.accept(last, draft)


async def nothing_is_left(records: Records, task: Task) -> None:
    mine = (*ANN, Reach(Owner.public()))
    assert await records.found_anywhere(question("tea", entities=["tea"], reach=mine)) == set()
    assert await records.storage.conversation(PROJECT, "ann", "c1", roles=tuple(Role), limit=9) == []
    assert await records.queue.record(PROJECT, task.id) is None
    [receipt] = await records.storage.history(PROJECT, f"user/{sha256(b'ann').hexdigest()}")
    assert receipt.action is Action.DELETED


@pytest.mark.usefixtures("portions")
async def test_a_user_with_much_is_deleted_in_portions(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    [kept] = await records.remember(content("tea", names=["tea"]), user="bob")
    _, task = await live_for_long(records)
    made: list[Portion] = []

    async def noted(erase: Callable[[], Awaitable[Portion]]) -> Erased:
        async def one() -> Portion:
            made.append(await erase())
            return made[-1]

        return await in_portions(one)

    for engine in ("sqlite", "postgres"):
        monkeypatch.setattr(f"memosd.engines.{engine}.storage.in_portions", noted)
    assert await records.storage.erase_user(PROJECT, "ann") == Erased(deleted=10)
    assert [portion.deleted for portion in made] == [2, 2, 3, 2, 1], "others can write in between"
    await nothing_is_left(records, task)
    bob = question("tea", entities=["tea"], reach=[Reach(Owner.user("bob"))])
    assert await records.found_anywhere(bob) == {kept}
    assert await records.storage.erase_user(PROJECT, "ann") == Erased(deleted=0)


@pytest.mark.usefixtures("portions")
@pytest.mark.parametrize("done", range(1, 5))
async def test_a_deletion_that_was_interrupted_is_done_again(
    records: Records, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    taken, task = await live_for_long(records)
    claimed = await records.claim(task)

    async def interrupted(erase: Callable[[], Awaitable[Portion]]) -> Erased:
        for _ in range(done):
            await erase()
        raise StorageUnavailable("the process dies here")

    with monkeypatch.context() as patched:
        for engine in ("sqlite", "postgres"):
            patched.setattr(f"memosd.engines.{engine}.storage.in_portions", interrupted)
        with pytest.raises(StorageUnavailable):
            await records.storage.erase_user(PROJECT, "ann")
    assert not await records.apply(claimed, taken, Add(memory_id(), content("tea"))), "the newest round is gone first"
    await records.storage.erase_user(PROJECT, "ann")
    await nothing_is_left(records, task)


async def test_a_task_whose_user_was_deleted_changes_nothing(records: Records) -> None:
    taken = batch("I like tea")
    task = await records.claim(await records.accept(taken))
    await records.storage.erase_user(PROJECT, "ann")
    assert not await records.apply(task, taken, Add(memory_id(), content("ann likes tea")))
    await records.queue.renew([task], lease=timedelta(minutes=1))
    assert await records.found_anywhere(EVERYWHERE) == set()


async def test_a_user_who_comes_back_starts_afresh(records: Records) -> None:
    await records.remember(content("ann likes tea", names=["tea"]))
    await records.found_anywhere(EVERYWHERE)
    await records.storage.erase_user(PROJECT, "ann")
    [new] = await records.remember(content("ann likes coffee", names=["coffee"]))
    assert await records.found_anywhere(EVERYWHERE) == {new}
