"""Carrying out one task's changes, with the settling of the task, in one transaction; and one change of a request."""

from collections.abc import Collection, Sequence

from memosd.domain.changes import REPEATED, Add, Change, Restore, Retire, Revise
from memosd.domain.history import action_of, cause_of
from memosd.domain.ids import MemoryId
from memosd.domain.scope import Owner
from memosd.domain.tasks import Done
from memosd.engines.common.codec import EncodedChanges, EncodedContent
from memosd.engines.common.versions import check_version
from memosd.engines.postgres import embeddings, files, graph, memories, messages, tasks
from memosd.engines.postgres.listener import Listener
from memosd.engines.postgres.locks import lock_names, lock_user, owner_lock
from memosd.engines.postgres.memories import Place
from memosd.engines.postgres.session import Transaction
from memosd.ports.storage import Amendment, Edit


async def amend(tx: Transaction, amendment: Amendment, encoded: EncodedContent | None) -> None:
    """Raises `Outdated` unless the memory is still live (retired, for one to be restored) in the change's version."""
    change, project, whose = amendment.change, amendment.project, amendment.owner
    await lock_names(tx, [owner_lock(project, whose)])
    asked = {"project": project, "kind": whose.kind.value, "id": whose.id}
    owner = await tx.fetch_value("memories.owner_number", asked)
    found = await tx.fetch_one("memories.of_owner", {"project": project, "owner": owner, "id": change.id})
    number, version, live = found or (0, 0, False)
    check_version(change, version if found and live is not isinstance(change, Restore) else None)
    place = Place(project, owner, amendment.at, amendment.cause, amendment.model)
    if isinstance(change, Retire):
        await memories.retire(tx, change, place, number, version)
    elif encoded is not None:
        action = action_of(change, amendment.cause)
        if encoded.vectors:
            await embeddings.check_model(tx, amendment.model)
        await memories.revise(tx, encoded, place, number, version + 1, action=action)
    await tx.run("memories.stamp_owners", {"project": project, "owners": [owner]})


async def carry_out(tx: Transaction, edit: Edit, changes: EncodedChanges, listener: Listener) -> bool:
    """False, and nothing done, if the lease was lost or the batch erased. Raises `Unavailable` if its vectors are of an
    embedder that is no longer used, and `Outdated` if a memory is not any more what a change was made from."""
    batch = edit.batch
    await lock_user(tx, batch.project, batch.user)
    owners = {batch.owner, *edit.owners.values()}
    await lock_names(tx, {edit.task.lock, *(owner_lock(batch.project, owner) for owner in owners)})
    if not await tasks.holds_lease(tx, edit.task) or not await messages.has_batch(tx, batch.project, batch.id):
        return False
    if not await files.writable(tx, batch.project, batch.owner):
        return await tasks.settle(tx, edit.task, Done("the knowledge base was deleted"), edit.at, listener)
    if edit.vectors:
        await embeddings.check_model(tx, edit.model)
    if changes:
        await _write(tx, edit, changes)
    return True if edit.goes_on else await tasks.settle(tx, edit.task, Done(edit.note), edit.at, listener)


async def _write(tx: Transaction, edit: Edit, changes: EncodedChanges) -> None:
    """What has to be known is asked first; then everything is sent without waiting for an answer."""
    writing = _Writing(tx, edit)
    await writing.look(changes)
    for change, encoded in changes:
        await writing.change(change, encoded)
    await writing.link()
    await writing.stamp()


class _Writing:
    """The changes of one edit. Links come last: they may lead to memories that the same edit adds further on."""

    def __init__(self, tx: Transaction, edit: Edit) -> None:
        self._tx = tx
        self._edit = edit
        self._project = edit.batch.project
        self._cause = cause_of(edit.task)
        self._places: dict[Owner, Place] = {}
        """Of those owners that may be written for."""
        self._live: dict[str, tuple[int, int, int]] = {}
        """Owner, number and version of the live memories that are to be changed."""
        self._unlearnable: dict[str, bool] = {}
        """Whether messages that are cited may not be learnt from."""
        self._numbers: list[int] = []
        self._after: list[tuple[int, MemoryId]] = []
        self._successors: list[tuple[int, MemoryId, bool]] = []

    async def look(self, changes: EncodedChanges) -> None:
        tx, edit = self._tx, self._edit
        for owner in {self._owner_of(change) for change, _ in changes}:
            if await files.writable(tx, self._project, owner):
                number = await memories.ensure_owner(tx, self._project, owner)
                self._places[owner] = Place(self._project, number, edit.at, self._cause, edit.model)
        known = [change for change, _ in changes if isinstance(change, Revise | Retire)]
        if known:
            ids = [change.id for change in known]
            rows = await tx.fetch_all("memories.live", {"project": self._project, "ids": ids})
            self._live = {own_id: (owner, number, version) for own_id, owner, number, version in rows}
        self._check(known, {change.id for change, _ in changes if isinstance(change, Add)})
        added = [encoded for change, encoded in changes if isinstance(change, Add) and encoded is not None]
        cited = [source for encoded in added for source in encoded.sources]
        if cited:
            self._unlearnable = dict(await messages.unlearnable(tx, self._project, cited))
        self._numbers = (await memories.numbers(tx, len(added)))[::-1]

    async def change(self, change: Change, encoded: EncodedContent | None) -> None:
        place = self._places.get(self._owner_of(change))
        if place is None:
            return
        if isinstance(change, Retire):
            await self._retire(change, place)
        elif encoded is not None and isinstance(change, Add):
            await self._add(encoded, place)
        elif encoded is not None and isinstance(change, Revise):
            await self._revise(change, encoded, place)

    async def link(self) -> None:
        for number, predecessor in self._after:
            await graph.link_after(self._tx, self._project, number, predecessor)
        for number, successor, merged in self._successors:
            await graph.link_successor(self._tx, self._project, number, successor, merged=merged)

    async def stamp(self) -> None:
        owners: Sequence[int] = sorted(place.owner for place in self._places.values())
        await self._tx.run("memories.stamp_owners", {"project": self._project, "owners": owners})

    def _check(self, changes: Sequence[Revise | Retire], added: Collection[MemoryId]) -> None:
        """Whether the memories are those that the changes were made from; what the edit itself adds will be."""
        for change in changes:
            place = self._places.get(self._owner_of(change))
            if place is not None and change.id not in added:
                owner, _, version = self._live.get(change.id, (None, 0, 0))
                check_version(change, version if owner == place.owner else None)

    def _owner_of(self, change: Change) -> Owner:
        return self._edit.owners.get(change.id, self._edit.batch.owner)

    async def _add(self, encoded: EncodedContent, place: Place) -> None:
        number = self._numbers.pop()
        # Between extraction and now the memories of these messages may have been deleted: then they stay forgotten.
        cited = [self._unlearnable[source] for source in encoded.sources if source in self._unlearnable]
        if cited and all(cited):
            return
        await memories.add(self._tx, encoded, self._edit.batch, place, number)
        await memories.made(self._tx, encoded, place)
        self._live[encoded.id] = (place.owner, number, 1)
        self._follow(number, encoded)

    async def _revise(self, change: Revise, encoded: EncodedContent, place: Place) -> None:
        owner, number, version = self._live.get(change.id, (None, 0, 0))
        if owner != place.owner:
            return
        action = action_of(change, self._cause)
        await memories.revise(self._tx, encoded, place, number, version + 1, action=action)
        self._live[change.id] = (place.owner, number, version + 1)
        self._follow(number, encoded)

    async def _retire(self, change: Retire, place: Place) -> None:
        owner, number, version = self._live.get(change.id, (None, 0, 0))
        if owner != place.owner:
            return
        del self._live[change.id]
        await memories.retire(self._tx, change, place, number, version)
        if change.replaced_by is not None:
            self._successors.append((number, change.replaced_by, change.because == REPEATED))

    def _follow(self, number: int, encoded: EncodedContent) -> None:
        if encoded.after is not None:
            self._after.append((number, encoded.after))
