"""Any sequence of writes leaves what a dict would hold, and every index agrees with it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memosd.domain.changes import Add, Change, Retire, Revise
from memosd.domain.errors import Outdated
from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Stage
from memosd.domain.messages import Batch
from memosd.domain.scope import Owner, Reach
from memosd.ports.engine import Engine
from tests.support.bounded import BOUNDED
from tests.support.engines import ENGINES, Place, Places, opened
from tests.support.oracle import DictStorage
from tests.support.records import LEASE, MORNING, OTHER_PROJECT, PROJECT, Records, batch, content, memory_id, question

USERS = ("ann", "bob")
PROJECTS = (PROJECT, OTHER_PROJECT)
NAMES = ("tea", "rome", "bob")
PICK = st.integers(0, 1_000_000)
STEPS = st.lists(
    st.tuples(st.sampled_from(["accept", "learn", "learn", "erase", "erase_user", "public"]), PICK, PICK, PICK),
    min_size=1,
    max_size=14,
)


class Walk:
    """The same steps on the engine and on the dict."""

    def __init__(self, engine: Engine) -> None:
        self.use(engine)
        self.oracle = DictStorage()
        self.now = MORNING

    def use(self, engine: Engine) -> None:
        self.engine = engine
        self.records = Records(
            engine.storage, engine.queue, engine.keys, {i.name: i for i in engine.indexes}, engine.files
        )

    async def step(self, kind: str, who: int, what: int, how: int) -> None:
        self.now += timedelta(minutes=1)
        project, user = PROJECTS[who % 2], USERS[(who // 2) % 2]
        if kind == "erase_user":
            await self.engine.storage.erase_user(project, user)
            self.oracle.erase_user(project, user)
        elif kind == "erase":
            ids = self._some(what, how)
            erased = await self.engine.storage.erase_memories(project, ids)
            assert self.oracle.erase_memories(project, ids) == (not erased.foreign and not erased.unknown)
        else:
            owner = Owner.public() if kind == "public" else Owner.user(user)
            taken = batch("one", "two", project=project, user=user, owner=owner, received_at=self.now)
            drafts = [Add(memory_id(), self._content(taken, what + i, Stage.DRAFT)) for i in range(how % 3)]
            task = await self.records.accept(taken, *drafts)
            self.oracle.accept(taken, drafts)
            if kind != "accept":
                changes = self._changes(taken, drafts, what, how)
                claimed = [one for one in await self.engine.queue.claim(limit=99, lease=LEASE) if one.id == task.id]
                if claimed:
                    try:
                        assert self.oracle.apply(taken, changes, self.now)
                    except Outdated:
                        with pytest.raises(Outdated):
                            await self.records.apply(claimed[0], taken, *changes, at=self.now)
                        assert await self.records.apply(claimed[0], taken)
                    else:
                        assert await self.records.apply(claimed[0], taken, *changes, at=self.now)

    def _some(self, what: int, how: int) -> list[MemoryId]:
        known = sorted(self.oracle.memories)
        return [known[(what + i * how) % len(known)] for i in range(1 + how % 2)] if known else []

    def _content(self, taken: Batch, what: int, stage: Stage) -> Content:
        names = [name for bit, name in enumerate(NAMES) if what >> bit & 1]
        sources = taken.messages[: what % 3]
        return content(f"tea {what % 7}", sources=sources, names=names, stage=stage, tags=(f"t{what % 2}",))

    def _changes(self, taken: Batch, drafts: list[Add], what: int, how: int) -> list[Change]:
        changes: list[Change] = [
            Revise(one.id, self._content(taken, what + 3, Stage.REFINED), version=1) for one in drafts[:1]
        ]
        added = Add(memory_id(), self._content(taken, what + 5, Stage.REFINED), after=drafts[0].id if drafts else None)
        changes.append(added)
        others = [self.oracle.memories[id_] for id_ in self._some(what, how)]
        if how % 5:
            others = [m for m in others if m.active and (m.project, m.owner) == (taken.project, taken.owner)]
        versions = {m.id: m.version - (what % 7 == 0) for m in others}
        if how % 2:
            return [*changes, *(Retire(id_, "superseded", added.id, version=of) for id_, of in versions.items())]
        return [*changes, *(Revise(id_, content("tea revised"), version=of) for id_, of in versions.items())]

    async def check(self) -> None:
        live = self.oracle.live()
        for project in PROJECTS:
            asked = sorted(self.oracle.memories)
            expected = [self.oracle.memories[id_] for id_ in asked if self.oracle.memories[id_].project == project]
            assert await self.engine.storage.memories(project, asked) == expected
            await self._check_indexes(project, live)
        for taken in self.oracle.batches.values():
            got = await self.engine.storage.batch(taken.id)
            assert got is not None
            assert [message.id for message in got.messages] == self.oracle.learnable(taken)
        assert [
            finding for finding in await self.engine.findings() if not finding.well and finding.check != "free disk"
        ] == []

    async def _check_indexes(self, project: ProjectId, live: dict[MemoryId, Any]) -> None:
        for owner in (*map(Owner.user, USERS), Owner.public()):
            own = {i: m for i, m in live.items() if (m.project, m.owner) == (project, owner)}
            probe = question("tea", project=project, reach=[Reach(owner)], entities=NAMES)
            assert set(await self.records.found("text", probe, limit=99)) == set(own)
            refined = {i for i, m in own.items() if m.content.stage is Stage.REFINED}
            assert set(await self.records.found("vector", probe, limit=99)) == refined
            named = {i for i, m in own.items() if m.content.entities}
            assert set(await self.records.found("graph", probe, limit=99)) == named


async def _walk(place: Place, steps: list[tuple[str, int, int, int]]) -> None:
    async with opened(place) as engine:
        walk = Walk(engine)
        for step in steps:
            await walk.step(*step)
            await walk.check()
    async with opened(place) as engine:
        walk.use(engine)
        await walk.check()
        for index in ("text", "graph", "vector"):
            await engine.rebuild(index, lambda progress: None)
        await walk.check()


@pytest.mark.parametrize("kind", ENGINES)
@settings(BOUNDED, max_examples=25)
@given(steps=STEPS)
def test_storage_agrees_with_a_dict(places: Places, kind: str, steps: list[tuple[str, int, int, int]]) -> None:
    with places.new(kind) as place:
        asyncio.run(_walk(place, steps))
