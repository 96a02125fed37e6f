"""The same memories and the same questions on two engines: do they answer alike?"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from harness.talk import Talk
from memosd.domain.changes import Add, Change, Retire, Revise
from memosd.domain.filters import parse_filter
from memosd.domain.ids import BatchId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.memories import Content, Kind, Stage
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Query
from memosd.domain.tasks import Remember, Task
from memosd.flows.recall import Recall
from memosd.language.names import names
from memosd.language.script import language_of
from memosd.language.terms import terms
from memosd.ports.engine import Engine
from memosd.ports.models import Embedder, Vectors
from memosd.ports.storage import Edit

PROJECT = ProjectId("proj_congruence")
START = datetime(2025, 1, 1, 8, tzinfo=UTC)
BATCH = 100
FIRST = 9
AGENTS = ("desk", "phone", None)
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Work:
    """One batch: what is accepted, and how its task changes what is known. Without changes it stays a draft."""

    batch: Batch
    drafts: tuple[Add, ...]
    changes: tuple[Change, ...]


def works(memories: int, *, users: int, seed: int = 1) -> Iterator[Work]:
    """Batches of together `memories` memories. Half belong to the first user; some are everybody's, some are revised or
    superseded later, and those of every tenth batch are not refined yet."""
    talk, chance = Talk(seed=seed), random.Random(seed)
    known: dict[str, list[MemoryId]] = {}
    for first in range(0, memories, BATCH):
        number = first // BATCH
        user = f"user-{0 if number % 2 else chance.randrange(users)}"
        owner = Owner.public() if number % 7 == 3 else Owner.user(user)
        at = START + timedelta(hours=number)
        said = [
            Message(MessageId(f"msg_{i:08}"), Role.USER, talk.sentence(), START + timedelta(minutes=30 * i))
            for i in range(first, min(first + BATCH, memories))
        ]
        batch = Batch(
            id=BatchId(f"batch_{number:06}"),
            project=PROJECT,
            user=user,
            conversation=f"conversation-{number}",
            owner=owner,
            messages=tuple(said),
            received_at=at,
            agent=AGENTS[number % 3],
            info={"scene": f"s{number % 5}", "level": number % 11},
        )
        drafts = [Add(MemoryId(f"mem_{first + i:08}"), content(message, Stage.DRAFT)) for i, message in enumerate(said)]
        if number % 10 == 9:
            yield Work(batch, tuple(drafts), ())
            continue
        after: MemoryId | None = None
        changes: list[Change] = []
        for draft, message in zip(drafts, said, strict=True):
            changes.append(Revise(draft.id, content(message, Stage.REFINED), after=after, version=1))
            after = draft.id
        mine = known.setdefault(str(owner), [])
        if mine:
            old, successor = chance.choice(mine), drafts[0].id
            changes.append(Retire(old, "superseded", successor, version=2))
            mine.remove(old)
        mine += [draft.id for draft in drafts]
        yield Work(batch, tuple(drafts), tuple(changes))


def content(message: Message, stage: Stage) -> Content:
    return Content(
        kind=Kind.PREFERENCE if hash_of(message.id) % 8 == 0 else Kind.FACT,
        title=message.text[:40],
        value=f"[{message.said_at:%Y-%m-%d}] {message.text}",
        said_at=message.said_at,
        sources=(message.id,),
        terms=tuple(terms(message.text)),
        entities=names(message.text),
        tags=(f"t{hash_of(message.id) % 4}",),
        language=language_of(message.text),
        stage=stage,
    )


def hash_of(id: str) -> int:
    return int(id.rpartition("_")[2])


async def fill(engines: Sequence[Engine], work: Iterator[Work], embedder: Embedder) -> None:
    """Write the same into each; every text is embedded once."""
    for each in work:
        kept = [change for change in each.changes if isinstance(change, Add | Revise)]
        texts = [change.content.value for change in kept]
        rows = await embedder.embed(texts, purpose="passage") if texts else np.empty((0, 1), np.float32)
        vectors: dict[MemoryId, Vectors] = {c.id: row[None] for c, row in zip(kept, rows, strict=True)}
        task = Task(
            TaskId(f"task_{each.batch.id}"), PROJECT, Remember(each.batch.id), lock=f"{PROJECT}/{each.batch.owner}"
        )
        for engine in engines:
            await engine.storage.accept(each.batch, task=task)
            await engine.storage.draft(each.batch, each.drafts, task=task)
            [claimed] = await engine.queue.claim(limit=1, lease=LEASE)
            edit = Edit(claimed, each.batch, each.changes, vectors, embedder.model, each.batch.received_at)
            if not await engine.storage.apply(edit):
                raise RuntimeError(f"the task {claimed.id} could not be carried out")


def queries(count: int, *, users: int, seed: int = 2) -> list[Query]:
    """Of all shapes: with and without a filter, a time, what is public; every threshold is 0, so that all is seen."""
    talk, chance = Talk(seed=seed), random.Random(seed)
    filters = (
        {"and": [{"agent_id": "desk"}]},
        {"and": [{"tags": {"contains": "t1"}}]},
        {"or": [{"scene": "s1"}, {"level": {"gt": 7}}]},
        {"and": [{"create_time": {"lt": "2025-01-04"}}, {"info": {"level": 3}}]},
    )
    found = []
    for number in range(count):
        user = f"user-{0 if number % 2 else chance.randrange(users)}"
        where = parse_filter(filters[number // 3 % len(filters)]) if number % 3 == 2 else None
        reaches = [Reach(Owner.user(user), where) if where else Reach(Owner.user(user))]
        if number % 2 == 0:
            reaches.append(Reach(Owner.public(), where) if where else Reach(Owner.public()))
        asked = talk.question()
        text = f"{asked} 2025-02-{1 + number % 28:02}" if number % 5 == 4 else asked
        found.append(Query(PROJECT, user, text, tuple(reaches), facts=FIRST, preferences=FIRST, threshold=0))
    return found


@dataclass(frozen=True, slots=True)
class Congruence:
    """questions: how many were asked; alike: to how many both engines gave the same memories in the same order;
    difference: the largest between two scores of the same memory. unlike: what was asked where they differ."""

    questions: int
    alike: int
    difference: float
    unlike: tuple[str, ...]


async def compare(one: Engine, other: Engine, asked: Sequence[Query], embedder: Embedder) -> Congruence:
    recalls = [
        Recall(engine.storage, engine.indexes, engine.statistics, embedder, lambda: START) for engine in (one, other)
    ]
    difference, unlike = 0.0, []
    for query in asked:
        left, right = [
            [(hit.memory.id, hit.score) for hit in (*found.facts, *found.preferences)]
            for found in [await recall(query) for recall in recalls]
        ]
        if [id_ for id_, _ in left] != [id_ for id_, _ in right]:
            unlike.append(query.text)
        scores = dict(right)
        difference = max([difference, *(abs(score - scores[id_]) for id_, score in left if id_ in scores)])
    return Congruence(len(asked), len(asked) - len(unlike), difference, tuple(unlike))
