"""Races and failures of what follows the records, with stand-ins that stop where it matters."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from memosd.domain.errors import OfOtherRecords, SearchUnavailable
from memosd.domain.filters import Filter
from memosd.domain.ids import ProjectId
from memosd.domain.scope import Owner
from memosd.domain.search import Scored
from memosd.flows.beside import Beside
from memosd.flows.following import Follower
from memosd.flows.large_scopes import LargeScopes
from memosd.ports.index import Probe
from memosd.ports.projection import Changed, Changes, Scope, Standing
from tests.support.projected import Forbidden

ANN: Scope = (ProjectId("p"), Owner.user("ann"))
MODEL = "m"


@dataclass
class Written:
    """Changes of one scope, one a write. answering: is waited for between reading a standing and answering."""

    last: int = 1
    identity: int = 1
    answering: Callable[[], "asyncio.Future[None] | None"] = lambda: None

    async def standing(self, scope: Scope | None) -> Standing:
        read = Standing(self.identity, self.last)
        if waited := self.answering():
            await waited
        return read

    async def since(self, position: int, *, scope: Scope | None, model: str | None, limit: int) -> list[Changed]:
        return [Changed(n, n, None, np.empty((0, 1), np.float32)) for n in range(position + 1, self.last + 1)][:limit]

    async def count(self, scope: Scope | None, *, model: str | None) -> int:
        return self.last

    async def large(self, *, least: int) -> list[Scope]:
        return [ANN]


@dataclass
class Projected:
    """counting: raised when it is asked how much it holds."""

    identity: int = 1
    position: int = 0
    counting: SearchUnavailable | None = None
    is_worn: bool = False
    closed: bool = False

    def can(self, where: Filter) -> bool:
        return True

    async def apply(self, changed: Sequence[Changed]) -> None:
        self.position = changed[-1].position

    async def flush(self) -> None: ...

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        return []

    async def count(self) -> int:
        if self.counting:
            raise self.counting
        return self.position

    async def worn(self) -> bool:
        return self.is_worn

    async def close(self) -> None:
        self.closed = True


@dataclass
class Store:
    """Both `Shards` and `Whole`: opens what `make` makes, and remembers it."""

    make: Callable[[], Projected]
    preparing: asyncio.Event | None = None
    opened: list[Projected] = field(default_factory=list)
    cleared: int = 0

    def has(self, scope: Scope) -> bool:
        return True

    async def prepare(self, scope: Scope, changes: Changes) -> None:
        if self.preparing:
            await self.preparing.wait()

    async def open(self, scope: Scope | None = None) -> Projected:
        self.opened.append(self.make())
        return self.opened[-1]

    async def remove(self, scope: Scope) -> None: ...

    async def clear(self) -> None:
        self.cleared += 1


def scopes(changes: Changes, store: Store) -> LargeScopes:
    return LargeScopes(Forbidden(), changes, store, MODEL, least=1)


async def test_what_others_take_in_meanwhile_is_no_sign_of_other_records() -> None:
    written = Written()
    follower = Follower(Projected(), written, MODEL, ANN)
    answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    answers = [answer]
    written.answering = lambda: answers.pop() if answers else None
    slow = asyncio.create_task(follower.catch_up())
    await asyncio.sleep(0)
    written.last = 2
    assert await follower.catch_up()
    answer.set_result(None)
    assert await slow
    assert follower.projection.position == 2


async def test_a_shard_given_up_while_its_heir_is_built_leaves_the_rounds_going() -> None:
    store = Store(lambda: Projected(is_worn=True), preparing=asyncio.Event())
    large = scopes(Written(), store)
    assert store.preparing is not None
    store.preparing.set()
    await large._adopt([ANN])
    store.preparing.clear()
    follower = large.followers[ANN]
    round_ = asyncio.create_task(large._keep_all())
    await asyncio.sleep(0)
    await large._give_up(follower, SearchUnavailable("its process has ended"))
    store.preparing.set()
    await round_
    assert large.followers == {}
    await large.tend_once()
    assert list(large.followers) == [ANN]


@pytest.mark.parametrize("fault", [Projected(identity=2), Projected(counting=SearchUnavailable("timed out"))])
async def test_a_shard_that_cannot_be_believed_is_closed(fault: Projected) -> None:
    store = Store(lambda: fault)
    await scopes(Written(), store).tend_once()
    assert store.opened == [fault]
    assert fault.closed


async def test_a_database_that_does_not_answer_is_closed_and_not_emptied() -> None:
    store = Store(lambda: Projected(counting=SearchUnavailable("timed out")))
    beside = Beside(Forbidden(), Written(), store, MODEL, "the vectors")
    with pytest.raises(SearchUnavailable, match="timed out"):
        await beside.tend_once()
    assert all(each.closed for each in store.opened)
    assert not store.cleared


async def test_a_database_of_other_records_is_emptied_and_every_client_closed() -> None:
    store = Store(lambda: Projected(identity=2))
    beside = Beside(Forbidden(), Written(), store, MODEL, "the vectors")
    with pytest.raises(OfOtherRecords):
        await beside.tend_once()
    assert len(store.opened) == 2
    assert all(each.closed for each in store.opened)
    assert store.cleared == 1
