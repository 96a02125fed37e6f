"""A graph database beside the records: in step, doubted, and done without when it is damaged or cannot be reached."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from memosd.domain.errors import SearchUnavailable
from memosd.engines.cypher.bolt import BoltDatabase
from memosd.engines.cypher.kglite import FILE, KgliteDirectory
from memosd.engines.qdrant.server import QdrantServer
from memosd.engines.sqlite import SqliteEngine
from memosd.flows import beside
from memosd.flows.beside import Beside
from memosd.ports.storage import Progress
from tests.support.bolt_server import free_port
from tests.support.records import MODEL, PROJECT, Records, content, question

ROME = question("tea", entities=["Rome"])


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SqliteEngine]:
    opened = SqliteEngine.open(tmp_path / "data")
    yield opened
    await opened.close()


@pytest.fixture
async def records(engine: SqliteEngine) -> Records:
    made = Records(engine.storage, engine.queue, engine.keys, {index.name: index for index in engine.indexes})
    await made.remember(*(content(f"tea {n}", names=["Rome", f"n{n}"]) for n in range(3)), content("nameless"))
    return made


def kglite(engine: SqliteEngine, records: Records, directory: Path) -> Beside:
    return Beside(records.indexes["graph"], engine.changes, KgliteDirectory(directory), None, "the graph")


async def _check(index: Beside, records: Records, count: int) -> None:
    """It answers as the records do, and by itself if it has a follower."""
    found = await index.search(ROME, limit=9)
    assert {hit.id: hit.score for hit in found} == pytest.approx(
        {hit.id: hit.score for hit in await records.indexes["graph"].search(ROME, limit=9)}
    )
    assert len(found) == count


async def test_it_follows_and_is_taken_up_where_it_was_left(
    engine: SqliteEngine, records: Records, tmp_path: Path
) -> None:
    index = kglite(engine, records, tmp_path / "graph")
    await _check(index, records, 3)
    await index.tend_once()
    assert index.follower is not None
    [added] = await records.remember(content("more", names=["rome "]))
    await _check(index, records, 4)
    await records.storage.erase_memories(PROJECT, [added])
    await _check(index, records, 3)
    await index.close()
    index = kglite(engine, records, tmp_path / "graph")
    await records.remember(content("meanwhile", names=["Rome"]))
    await index.tend_once()
    await _check(index, records, 4)
    await index.close()
    [finding] = await index.findings()
    assert (finding.well, finding.detail) == (True, "4 entries agree with the records")


def _overwrite(directory: Path) -> None:
    for file in directory.iterdir():
        file.write_bytes(b"\xff" * max(64, file.stat().st_size))


def _delete(directory: Path) -> None:
    for file in directory.iterdir():
        file.unlink()


def _cut(directory: Path) -> None:
    file = directory / FILE
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize("damage", [_overwrite, _delete, _cut])
async def test_a_damaged_graph_is_made_anew(
    engine: SqliteEngine, records: Records, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    index = kglite(engine, records, tmp_path / "graph")
    await index.tend_once()
    assert index.follower is not None
    await index.close()
    (tmp_path / "graph" / FILE).touch()
    damage(tmp_path / "graph")
    index = kglite(engine, records, tmp_path / "graph")
    await _check(index, records, 3)
    await index.tend_once()
    assert index.follower is not None
    await _check(index, records, 3)
    await index.close()


async def test_what_cannot_be_reached_is_done_without(engine: SqliteEngine, records: Records) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    graph = Beside(records.indexes["graph"], engine.changes, BoltDatabase(f"bolt://{nowhere}"), None, "the graph")
    server = QdrantServer(f"http://{nowhere}", None, MODEL, 8)
    vectors = Beside(records.indexes["vector"], engine.changes, server, MODEL, "the vectors")
    for index in (graph, vectors):
        with pytest.raises(SearchUnavailable):
            await index.tend_once()
        [finding] = await index.findings()
        assert not finding.well
    await _check(graph, records, 3)
    assert len(await vectors.search(ROME, limit=9)) == 4


async def test_what_cannot_be_used_is_told_once(
    engine: SqliteEngine,
    records: Records,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rounds: list[BaseException] = [SearchUnavailable("down")] * 3 + [asyncio.CancelledError()]

    async def one_round(_: Beside) -> None:
        raise rounds.pop(0)

    monkeypatch.setattr(Beside, "tend_once", one_round)
    monkeypatch.setattr(beside, "SECONDS_BETWEEN_ROUNDS", 0)
    with pytest.raises(asyncio.CancelledError):
        await kglite(engine, records, tmp_path / "graph").tend()
    assert caplog.text.count("the records answer: down") == 1


async def test_one_that_fails_while_it_is_searched_is_given_up(
    engine: SqliteEngine, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = kglite(engine, records, tmp_path / "graph")
    await index.tend_once()
    assert index.follower is not None

    async def fails(*_: object, **__: object) -> None:
        raise SearchUnavailable("it is gone")

    monkeypatch.setattr(type(index.follower.projection), "search", fails)
    await asyncio.gather(*(_check(index, records, 3) for _ in range(3)))
    assert index.follower is None
    monkeypatch.undo()
    await index.tend_once()
    assert index.follower is not None
    await _check(index, records, 3)
    await index.close()


async def test_reindex_makes_it_anew(engine: SqliteEngine, records: Records, tmp_path: Path) -> None:
    index = kglite(engine, records, tmp_path / "graph")
    steps: list[Progress] = []
    await index.rebuild(steps.append)
    assert steps[-1] == Progress(1, 1, "the graph")
    [finding] = await index.findings()
    assert finding.well
