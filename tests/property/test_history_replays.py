"""What was believed at a time is what a replay of the events gives, and what was really there at that time."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from memosd.domain.history import Action, believed
from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Kind
from memosd.domain.scope import Owner, Reach
from tests.property.test_storage_agrees import PROJECTS, STEPS, USERS, Walk
from tests.support.bounded import BOUNDED
from tests.support.engines import ENGINES, Place, Places, opened

REACHES = tuple(Reach(owner) for owner in (*map(Owner.user, USERS), Owner.public()))
Snapshot = dict[MemoryId, Content]


async def _past(place: Place, steps: list[tuple[str, int, int, int]]) -> None:
    async with opened(place) as engine:
        await _walk(Walk(engine), steps)


@pytest.mark.parametrize("kind", ENGINES)
@settings(BOUNDED, max_examples=30)
@given(steps=STEPS)
def test_the_past_is_as_it_was(places: Places, kind: str, steps: list[tuple[str, int, int, int]]) -> None:
    with places.new(kind) as place:
        asyncio.run(_past(place, steps))


async def _walk(walk: Walk, steps: list[tuple[str, int, int, int]]) -> None:
    seen: list[tuple[datetime, Snapshot]] = [(walk.now, {})]
    ever: dict[MemoryId, ProjectId] = {}
    for step in steps:
        await walk.step(*step)
        live = walk.oracle.live()
        ever |= {name: memory.project for name, memory in walk.oracle.memories.items()}
        seen.append((walk.now, {name: memory.content for name, memory in live.items()}))
    events = {name: await walk.engine.storage.history(project, name) for name, project in ever.items()}
    for at, snapshot in seen:
        for moment in (at, at + timedelta(seconds=1)):
            await _check(walk, moment, snapshot, events)
    for name, story in events.items():
        if name not in walk.oracle.memories:
            assert [event.action for event in story] == [Action.DELETED], "a deletion leaves its receipt only"


async def _check(walk: Walk, at: datetime, snapshot: Snapshot, events: dict[MemoryId, list[Any]]) -> None:
    there = {name: content for name, content in snapshot.items() if name in walk.oracle.memories}
    found = [
        memory
        for project in PROJECTS
        for memory in await walk.engine.storage.believed(project, REACHES, frozenset(Kind), at=at, limit=999)
    ]
    assert {memory.id: memory.content for memory in found} == there
    replayed = believed((event for story in events.values() for event in story), at=at)
    assert {memory.id: memory.version for memory in found} == replayed
