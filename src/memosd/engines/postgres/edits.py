"""Carrying out one task's changes, with the settling of the task, in one transaction."""

from memosd.domain.changes import REPEATED, Add, Retire, Revise
from memosd.domain.ids import MemoryId
from memosd.domain.tasks import Done
from memosd.engines.common.codec import EncodedChanges, EncodedContent
from memosd.engines.postgres import embeddings, graph, memories, messages, tasks
from memosd.engines.postgres.listener import Listener
from memosd.engines.postgres.locks import lock_names, lock_user, owner_lock
from memosd.engines.postgres.memories import Place
from memosd.engines.postgres.session import Transaction
from memosd.ports.storage import Edit


async def carry_out(tx: Transaction, edit: Edit, changes: EncodedChanges, listener: Listener) -> bool:
    """False, and nothing done, if the lease was lost or the batch erased. Raises `Unavailable` if its vectors are of an
    embedder that is no longer used."""
    batch = edit.batch
    await lock_user(tx, batch.project, batch.user)
    await lock_names(tx, [owner_lock(batch.project, batch.owner), edit.task.lock])
    if not await tasks.holds_lease(tx, edit.task) or not await messages.has_batch(tx, batch.project, batch.id):
        return False
    if edit.vectors:
        await embeddings.check_model(tx, edit.model)
    if changes:
        await _write(tx, edit, changes)
    return await tasks.settle(tx, edit.task, Done(edit.note), edit.at, listener)


async def _write(tx: Transaction, edit: Edit, changes: EncodedChanges) -> None:
    """What has to be known is asked first; then everything is sent without waiting for an answer."""
    owner = await memories.ensure_owner(tx, edit.batch.project, edit.batch.owner)
    writing = _Writing(tx, edit, Place(edit.batch.project, owner, edit.at, edit.model))
    await writing.look(changes)
    for change, encoded in changes:
        if isinstance(change, Retire):
            await writing.retire(change)
        elif encoded is not None and isinstance(change, Add):
            await writing.add(encoded)
        elif encoded is not None:
            await writing.revise(encoded)
    await writing.link()
    await tx.run("memories.stamp_owners", {"project": edit.batch.project, "owners": [owner]})


class _Writing:
    """The changes of one edit. Links come last: they may lead to memories that the same edit adds further on."""

    def __init__(self, tx: Transaction, edit: Edit, place: Place) -> None:
        self._tx = tx
        self._batch = edit.batch
        self._place = place
        self._live: dict[str, tuple[int, int]] = {}
        self._unlearnable: dict[str, bool] = {}
        self._numbers: list[int] = []
        self._after: list[tuple[int, MemoryId]] = []
        self._successors: list[tuple[int, MemoryId, bool]] = []

    async def look(self, changes: EncodedChanges) -> None:
        """Number and version of the live memories of this owner that are to be changed, and which messages of those
        cited may not be learnt from."""
        project = self._place.project
        known = [change.id for change, _ in changes if isinstance(change, Revise | Retire)]
        if known:
            asked = {"project": project, "owner": self._place.owner, "ids": known}
            rows = await self._tx.fetch_all("memories.live_of_owner", asked)
            self._live = {own_id: (number, version) for own_id, number, version in rows}
        added = [encoded for change, encoded in changes if isinstance(change, Add) and encoded is not None]
        cited = [source for encoded in added for source in encoded.sources]
        if cited:
            self._unlearnable = dict(await messages.unlearnable(self._tx, project, cited))
        self._numbers = (await memories.numbers(self._tx, len(added)))[::-1]

    async def add(self, encoded: EncodedContent) -> None:
        number = self._numbers.pop()
        # Between extraction and now the memories of these messages may have been deleted: then they stay forgotten.
        cited = [self._unlearnable[source] for source in encoded.sources if source in self._unlearnable]
        if cited and all(cited):
            return
        await memories.add(self._tx, encoded, self._batch, self._place, number)
        self._live[encoded.id] = (number, 1)
        self._follow(number, encoded)

    async def revise(self, encoded: EncodedContent) -> None:
        live = self._live.get(encoded.id)
        if live is None:
            return
        number, version = live
        await memories.revise(self._tx, encoded, self._place, number, version + 1)
        self._live[encoded.id] = (number, version + 1)
        self._follow(number, encoded)

    async def retire(self, change: Retire) -> None:
        live = self._live.pop(change.id, None)
        if live is None:
            return
        number, successor = live[0], change.replaced_by
        await memories.retire(self._tx, self._place, number, because=change.because, replaced_by=successor)
        if successor is not None:
            self._successors.append((number, successor, change.because == REPEATED))

    async def link(self) -> None:
        for number, predecessor in self._after:
            await graph.link_after(self._tx, self._place.project, number, predecessor)
        for number, successor, merged in self._successors:
            await graph.link_successor(self._tx, self._place.project, number, successor, merged=merged)

    def _follow(self, number: int, encoded: EncodedContent) -> None:
        if encoded.after is not None:
            self._after.append((number, encoded.after))
