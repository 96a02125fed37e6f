"""Making an index again from the records, a few memories a transaction, while others read and write."""

from collections.abc import Callable

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Kind
from memosd.engines.common.codec import EncodedContent, decode_content, encode_memory
from memosd.engines.sqlite import graph, text
from memosd.engines.sqlite.database import Database, Transaction
from memosd.engines.sqlite.statements import fetch_all, fetch_value
from memosd.ports.storage import Progress

BATCH = 500
"""Memories written in one transaction."""

Put = Callable[[Transaction, ProjectId, int, int, bool, EncodedContent], None]
"""Transaction, project, owner number, memory number, whether it is live, content."""


async def rebuild_text(database: Database, progress: Callable[[Progress], None]) -> None:
    """Until it is done, searches miss what is not yet indexed again."""
    await _rebuild(database, "text", "rebuild.clear_text", _put_text, progress)


async def rebuild_graph(database: Database, progress: Callable[[Progress], None]) -> None:
    """Entities, mentions and sources. How memories follow and replace each other is a record itself, and is kept."""
    await _rebuild(database, "graph", "rebuild.clear_graph", _put_graph, progress)


def _put_text(
    tx: Transaction, project: ProjectId, owner: int, number: int, live: bool, content: EncodedContent
) -> None:
    if live and not content.draft:
        text.drop(tx, owner, number)  # written meanwhile by someone else
        text.put(tx, owner, number, Kind(content.kind), content.terms)


def _put_graph(
    tx: Transaction, project: ProjectId, owner: int, number: int, live: bool, content: EncodedContent
) -> None:
    entities = content.entities if live else ()
    graph.put(tx, project, owner, number, sources=content.sources, entities=entities)


async def _rebuild(database: Database, step: str, clear: str, put: Put, progress: Callable[[Progress], None]) -> None:
    def start(tx: Transaction) -> int:
        tx.run(clear)
        return int(fetch_value(tx.connection, "rebuild.count"))

    def proceed(tx: Transaction, after: int) -> tuple[int, int]:
        """The number of the last memory written, and how many were."""
        rows = fetch_all(tx.connection, "rebuild.next", (after, BATCH))
        for number, project, owner, live, content in rows:
            put(tx, project, owner, number, bool(live), encode_memory(MemoryId(""), decode_content(content)))
        return (rows[-1][0], len(rows)) if rows else (after, 0)

    total = await database.write(start)
    last, done, written = 0, 0, BATCH
    while written == BATCH:
        last, written = await database.write(lambda tx, after=last: proceed(tx, after))  # type: ignore[misc]
        done += written
        progress(Progress(done, max(total, done), step))
