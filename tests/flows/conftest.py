"""A whole memosd without HTTP: the flows on a real engine, with a frozen clock and an embedder of words."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from memosd.domain.ids import BatchId, MessageId, ProjectId, TaskId, new_id
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Hit, Query, Recollection
from memosd.domain.tasks import Feedback, Outcome, Remember, Task
from memosd.extraction.local import LocalExtractor
from memosd.extraction.resolve import LocalResolver
from memosd.flows.accept import Accept
from memosd.flows.feedback import AcceptFeedback, GiveFeedback
from memosd.flows.recall import Recall
from memosd.flows.remember import RememberBatch
from memosd.ports.engine import Engine
from memosd.ports.reading import Reader
from memosd.providers.lines import LineEmbedder
from memosd.worker import Worker
from tests.support.engines import ENGINES, Place, Places, opened
from tests.support.fakes import FrozenClock, HashEmbedder

PROJECT = ProjectId("p")


@dataclass
class Memosd:
    engine: Engine
    embedder: HashEmbedder = field(default_factory=HashEmbedder)
    clock: FrozenClock = field(default_factory=FrozenClock)
    reader: Reader | None = None

    def __post_init__(self) -> None:
        storage, extractor = self.engine.storage, LocalExtractor()
        self.by_line = by_line = LineEmbedder(self.embedder)
        [neighbours] = [index for index in self.engine.indexes if index.name == "vector"]
        self.accept = Accept(storage, extractor)
        self.recall = Recall(storage, self.engine.indexes, self.engine.statistics, by_line, self.clock)
        self.remember = RememberBatch(storage, extractor, LocalResolver(), by_line, neighbours, self.clock, self.reader)
        self.feedback = GiveFeedback(storage, extractor, LocalResolver(), by_line, self.engine.indexes, self.clock)
        self.worker = Worker(self.engine.queue, self._work, prepare=self._prepare)

    async def _work(self, task: Task) -> Outcome | None:
        return await (self.feedback if isinstance(task.job, Feedback) else self.remember)(task)

    async def _prepare(self, task: Task) -> None:
        if isinstance(task.job, Remember):
            await self.remember.prepare(task)

    async def drain(self) -> int:
        """Run what is ready, once first forms are written: meanwhile a task cannot be claimed."""
        await self.accept.settled()
        return await self.worker.drain()

    async def say(
        self,
        *turns: tuple[str, str],
        user: str = "ana",
        conversation: str = "c",
        owner: Owner | None = None,
        app: str | None = None,
    ) -> TaskId:
        said = tuple(Message(MessageId(new_id("msg")), Role(role), text, self.clock()) for role, text in turns)
        owner = owner or Owner.user(user)
        batch = Batch(BatchId(new_id("bat")), PROJECT, user, conversation, owner, said, self.clock(), app=app)
        return await self.accept(batch)

    async def correct(
        self, text: str, *, user: str = "ana", bases: tuple[str, ...] = (), app: str | None = None
    ) -> TaskId:
        """Give feedback, and have it done."""
        task = await self.give(text, user=user, bases=bases, app=app)
        await self.drain()
        return task

    async def give(
        self, text: str, *, user: str = "ana", bases: tuple[str, ...] = (), app: str | None = None
    ) -> TaskId:
        said = Message(MessageId(new_id("msg")), Role.SYSTEM, text, self.clock())
        batch = Batch(BatchId(new_id("bat")), PROJECT, user, "c", Owner.user(user), (said,), self.clock(), app=app)
        return await AcceptFeedback(self.engine.storage)(batch, bases)

    async def ask(
        self, text: str, *, user: str = "ana", threshold: float = 0.0, reaches: Sequence[Reach] = ()
    ) -> Recollection:
        await self.accept.settled()
        seen = tuple(reaches) or (Reach(Owner.user(user)), Reach(Owner.public()))
        return await self.recall(Query(PROJECT, user, text, seen, threshold=threshold))


def values(hits: Sequence[Hit]) -> list[str]:
    return [hit.memory.content.value for hit in hits]


EVERYWHERE = (
    "test_amend",
    "test_feedback",
    "test_history",
    "test_nothing_left",
    "test_reembed",
    "test_study",
    "test_tools",
    "test_walk",
)
"""Modules whose tests run on every engine; for the others, whose matter is above the storage, SQLite is enough."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "place" in metafunc.fixturenames:
        everywhere = metafunc.module.__name__.endswith(EVERYWHERE)
        metafunc.parametrize("place", ENGINES if everywhere else ("sqlite",), indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest, places: Places) -> Iterator[Place]:
    with places.new(request.param) as place:
        yield place


@pytest.fixture
async def memosd(place: Place) -> AsyncIterator[Memosd]:
    async with opened(place) as engine:
        yield Memosd(engine)
