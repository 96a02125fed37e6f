"""Making an index again from the records, a few memories a transaction, while others read and write."""

from collections.abc import Awaitable, Callable

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Kind
from memosd.domain.scope import Owner, OwnerKind
from memosd.engines.common.codec import EncodedContent, decode_content, encode_memory
from memosd.engines.postgres import graph, text
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.locks import lock_names, owner_lock
from memosd.engines.postgres.session import Transaction
from memosd.ports.storage import Progress

BATCH = 500
"""Memories written in one transaction."""

Put = Callable[[Transaction, ProjectId, int, int, bool, EncodedContent], Awaitable[None]]
"""Transaction, project, owner number, memory number, whether it is live, content."""


async def rebuild_text(database: Database, progress: Callable[[Progress], None]) -> None:
    """What is not yet indexed again is found as before."""
    await _rebuild(database, "text", _put_text, progress)


async def rebuild_graph(database: Database, progress: Callable[[Progress], None]) -> None:
    """Entities, mentions and sources. How memories follow and replace each other is a record itself, and is kept."""
    await _rebuild(database, "graph", _put_graph, progress)
    await database.write(lambda tx: tx.run("rebuild.drop_lost_entities"))


async def _put_text(
    tx: Transaction, project: ProjectId, owner: int, number: int, live: bool, content: EncodedContent
) -> None:
    await text.drop(tx, project, number)
    if live and not content.draft:
        await text.put(tx, project, owner, number, Kind(content.kind), content.terms)


async def _put_graph(
    tx: Transaction, project: ProjectId, owner: int, number: int, live: bool, content: EncodedContent
) -> None:
    for kind in ("mentions", "source"):
        await tx.run("graph.drop_edges", {"project": project, "numbers": [number], "kind": kind})
    await graph.put(tx, project, owner, number, content, mentions=live)


async def _rebuild(database: Database, step: str, put: Put, progress: Callable[[Progress], None]) -> None:
    total = int(await database.read(lambda session: session.fetch_value("rebuild.count")))
    done, last = 0, ("", 0)
    while rows := await database.read(
        lambda session, last=last: session.fetch_all(  # type: ignore[misc]
            "rebuild.next", {"project": last[0], "number": last[1], "limit": BATCH}
        )
    ):
        project = ProjectId(rows[0][1])
        taken = [row for row in rows if row[1] == project]
        locks = {owner_lock(project, Owner(OwnerKind(kind), own_id)) for *_, kind, own_id in taken}
        numbers = [row[0] for row in taken]

        async def write(
            tx: Transaction, project: ProjectId = project, locks: set[str] = locks, numbers: list[int] = numbers
        ) -> None:
            await lock_names(tx, locks)
            contents = await tx.fetch_all("rebuild.contents", {"project": project, "numbers": numbers})
            for number, owner, live, content in contents:
                await put(tx, project, owner, number, live, encode_memory(MemoryId(""), decode_content(content)))
            owners = list({owner for _, owner, *_ in contents})
            await tx.run("memories.stamp_owners", {"project": project, "owners": owners})

        await database.write(write)
        last = (project, numbers[-1])
        done += len(taken)
        progress(Progress(done, max(total, done), step))
