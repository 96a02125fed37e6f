"""Who may write at the same time. All locks are advisory ones of PostgreSQL that end with the transaction.

Whoever writes what belongs to an owner, or adds or ends a task, holds the lock of that owner or task alone. Whoever
writes what came from a user holds that user's lock together with others who do, and an erasure of the user holds it
alone. Whoever writes vectors of the active embedder holds the embedder's lock together with others who do, and whoever
makes another one active holds it alone. Taken in one order, the user's before owners', those by name, and last the
embedder's, so that nobody waits in a circle.
"""

from collections.abc import Iterable

from memosd.domain.ids import ProjectId
from memosd.domain.scope import Owner
from memosd.engines.postgres.session import Transaction


def owner_lock(project: ProjectId, owner: Owner) -> str:
    """The same name as that of the tasks of this owner (`flows.accept`)."""
    return f"{project}/{owner}"


async def lock_user(tx: Transaction, project: ProjectId, user: str, *, alone: bool = False) -> None:
    await tx.run("locks.user_alone" if alone else "locks.user", {"name": f"{project}/from:{user}"})


async def lock_names(tx: Transaction, names: Iterable[str]) -> None:
    for name in sorted(set(names)):
        await tx.run("locks.alone", {"name": name})


async def lock_embedder(tx: Transaction, *, alone: bool = False) -> None:
    await tx.run("locks.embedder_alone" if alone else "locks.embedder")
