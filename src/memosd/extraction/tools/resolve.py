"""Holding new tool memories against those that are known: one schema a tool, one memory for each kind of task."""

import json
from collections.abc import Sequence
from dataclasses import replace

from memosd.domain.changes import Add, Change, Revise
from memosd.domain.filters import All, Field, FieldIs, Filter
from memosd.domain.ids import MemoryId, new_id
from memosd.domain.memories import Content, Kind, Memory, Stage
from memosd.extraction.tools.trajectories import kept_runs, trajectory
from memosd.ports.models import Vector, Vectors
from memosd.ports.storage import Ranked

TOOLS = frozenset({Kind.TOOL_SCHEMA, Kind.TOOL_TRAJECTORY})
SIMILAR = 0.5
"""Cosine of two tasks from which runs of the same tools are of one kind. About 0 is unrelated."""
MAX_ASKED = 20
"""Tools by which the known memories are narrowed."""


def of_same_tools(content: Content) -> Filter:
    """What a known memory must pass to be of the same tools as this one: their names are its tags."""
    return All(tuple(FieldIs(Field.TAGS, tool) for tool in content.detail["tools"][:MAX_ASKED]))


def resolve_tools(
    contents: Sequence[Content],
    *,
    vectors: Sequence[Vectors],
    earlier: Sequence[Memory],
    nearby: Sequence[Sequence[Ranked]],
) -> list[Change]:
    """As `ports.extraction.Resolver`. Nothing is retired: a tool memory goes on as evidence comes in."""
    changes: dict[MemoryId, Add | Revise] = {}
    ranked = {r.memory.id: r for around in nearby for r in around}
    versions = {memory.id: memory.version for memory in (*earlier, *(r.memory for r in ranked.values()))}

    def write(name: MemoryId, content: Content) -> None:
        made = changes.get(name)
        changes[name] = replace(made, content=content) if made else Revise(name, content, version=versions[name])

    known: list[tuple[MemoryId, Content, Vector | None]] = [
        (memory.id, memory.content, None) for memory in earlier if memory.id not in ranked
    ]
    known += [(r.memory.id, r.memory.content, r.vectors[0] if len(r.vectors) else None) for r in ranked.values()]
    for content, rows in zip(contents, vectors, strict=True):
        for name, left in _moved_on(content, known).items():
            write(name, left)
        place = _place(content, rows[0], known)
        if place is None:
            name, vector = MemoryId(new_id("mem")), rows[0]
            changes[name] = Add(name, content)
        else:
            name, before, vector = known.pop(place)
            after = _joined(before, content)
            if after is None:
                known.append((name, before, vector))
                continue
            content = after
            write(name, content)
        known.append((name, content, rows[0] if vector is None else vector))
    return list(changes.values())


def _moved_on(content: Content, known: list[tuple[MemoryId, Content, Vector | None]]) -> dict[MemoryId, Content]:
    """What is left of memories: a run that goes on with further tools leaves the one it shared with other runs."""
    keys, rests = {run.key for run in kept_runs(content)}, {}
    for i, (name, of, vector) in enumerate(known):
        rest = [run for run in kept_runs(of) if run.key not in keys]
        if keys & _run_keys(of) and rest and _tools(of) != _tools(content) and of.stage is not Stage.CORRECTED:
            left = trajectory(rest, at=of.said_at, older=of.detail.get("older"))
            known[i] = (name, left, vector)
            rests[name] = left
    return rests


def _place(content: Content, vector: Vector, known: Sequence[tuple[MemoryId, Content, Vector | None]]) -> int | None:
    """Which known memory the content belongs to: the one that has its run already, else the most similar."""
    same = [(i, of) for i, (_, of, _) in enumerate(known) if of.kind is content.kind and _tools(of) == _tools(content)]
    if content.kind is Kind.TOOL_SCHEMA:
        return same[0][0] if same else None
    keys = {run.key for run in kept_runs(content)}
    again = [i for i, (_, of, _) in enumerate(known) if of.kind is content.kind and keys & _run_keys(of)]
    if again:
        return again[0]
    open_ = [(i, row) for i, of in same if of.stage is not Stage.CORRECTED and (row := known[i][2]) is not None]
    scored = [(float(vector @ row), i) for i, row in open_]
    best = max(scored, default=(0.0, -1))
    return best[1] if best[0] >= SIMILAR else None


def _tools(content: Content) -> tuple[str, ...]:
    return tuple(content.detail.get("tools", ()))


def _run_keys(content: Content) -> set[str]:
    return {str(run["key"]) for run in content.detail.get("runs", ())}


def _joined(known: Content, new: Content) -> Content | None:
    """The known memory with what is new. None if nothing is, if the known one was said later, or a person worded it."""
    if known.stage is Stage.CORRECTED:
        return None
    if new.kind is Kind.TOOL_SCHEMA:
        return None if new.said_at < known.said_at or _equal(known.value, new.value) else new
    if known.detail.get("runs") == new.detail.get("runs"):
        return None
    fresh = {run.key: run for run in kept_runs(new)}
    runs = [fresh.pop(run.key, run) for run in kept_runs(known)]
    runs = sorted((*runs, *fresh.values()), key=lambda run: run.day)
    joined = trajectory(runs, at=max(known.said_at, new.said_at), older=known.detail.get("older"))
    return replace(joined, tags=tuple(dict.fromkeys((*joined.tags, *new.tags, *known.tags)))[: len(joined.tags) + 8])


def _equal(a: str, b: str) -> bool:
    return a == b or json.loads(a) == json.loads(b)
