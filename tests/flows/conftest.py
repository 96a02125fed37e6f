"""A whole memosd without HTTP: the flows on a real SQLite engine, with a frozen clock and an embedder of words."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from memosd.domain.ids import BatchId, MessageId, ProjectId, TaskId, new_id
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Hit, Query, Recollection
from memosd.engines.sqlite import SqliteEngine
from memosd.extraction.local import LocalExtractor
from memosd.extraction.resolve import LocalResolver
from memosd.flows.accept import Accept
from memosd.flows.recall import Recall
from memosd.flows.remember import RememberBatch
from memosd.ports.reading import Reader
from memosd.providers.lines import LineEmbedder
from memosd.worker import Worker
from tests.support.fakes import FrozenClock, HashEmbedder

PROJECT = ProjectId("p")


@dataclass
class Memosd:
    engine: SqliteEngine
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
        self.worker = Worker(self.engine.queue, self.remember, prepare=self.remember.prepare)

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

    async def ask(
        self, text: str, *, user: str = "ana", threshold: float = 0.0, reaches: Sequence[Reach] = ()
    ) -> Recollection:
        await self.accept.settled()
        seen = tuple(reaches) or (Reach(Owner.user(user)), Reach(Owner.public()))
        return await self.recall(Query(PROJECT, user, text, seen, threshold=threshold))


def values(hits: Sequence[Hit]) -> list[str]:
    return [hit.memory.content.value for hit in hits]


@pytest.fixture
async def memosd(tmp_path: Path) -> AsyncIterator[Memosd]:
    engine = SqliteEngine.open(tmp_path / "data")
    yield Memosd(engine)
    await engine.close()
