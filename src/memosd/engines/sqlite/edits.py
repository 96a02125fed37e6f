"""Carrying out one task's changes, with the settling of the task, in one transaction."""

from collections.abc import Callable

from memosd.domain.changes import REPEATED, Add, Change, Restore, Retire, Revise
from memosd.domain.history import action_of, cause_of
from memosd.domain.ids import MemoryId
from memosd.domain.tasks import Done
from memosd.engines.common.bell import Bell
from memosd.engines.common.codec import EncodedChanges, EncodedContent
from memosd.engines.common.versions import check_version
from memosd.engines.sqlite import embeddings, files, graph, memories, messages, tasks
from memosd.engines.sqlite.database import Transaction
from memosd.engines.sqlite.vectors import VectorCache
from memosd.ports.storage import Amendment, Edit


def amend(tx: Transaction, amendment: Amendment, encoded: EncodedContent | None, cache: VectorCache) -> None:
    """Raises `Outdated` unless the memory is still live (retired, for one to be restored) in the change's version."""
    change, project, cause, at = amendment.change, amendment.project, amendment.cause, amendment.at
    owner = memories.ensure_owner(tx, project, amendment.owner)
    find = memories.retired_of_owner if isinstance(change, Restore) else memories.live_of_owner
    found = find(tx, change.id, owner)
    check_version(change, found and found[1])
    assert found is not None
    if isinstance(change, Retire):
        memories.retire(tx, project, change, owner, found, at, cause=cause, cache=cache)
    elif encoded is not None:
        if encoded.vectors:
            embeddings.check_model(tx, amendment.model)
        action = action_of(change, cause)
        memories.revise(
            tx,
            encoded,
            project,
            owner,
            found,
            at,
            action=action,
            cause=cause,
            model=amendment.model,
            cache=cache,
        )


def carry_out(tx: Transaction, edit: Edit, changes: EncodedChanges, cache: VectorCache, bell: Bell) -> bool:
    """False, and nothing done, if the lease was lost or the batch erased. Raises `Unavailable` if its vectors are of an
    embedder that is no longer used, and `Outdated` if a memory is not any more what a change was made from."""
    if not tasks.holds_lease(tx, edit.task) or messages.batch_number(tx, edit.batch.id) is None:
        return False
    if not files.writable(tx.connection, edit.batch.owner):
        return tasks.settle(tx, edit.task, Done("the knowledge base was deleted"), edit.at, bell)
    if edit.vectors:
        embeddings.check_model(tx, edit.model)
    if changes:
        writing = _Writing(tx, edit, cache)
        for change, encoded in changes:
            writing.change(change, encoded)
        writing.link()
    return True if edit.goes_on else tasks.settle(tx, edit.task, Done(edit.note), edit.at, bell)


class _Writing:
    """The changes of one edit. Links come last: they may lead to memories that the same edit adds further on."""

    def __init__(self, tx: Transaction, edit: Edit, cache: VectorCache) -> None:
        self._tx = tx
        self._edit = edit
        self._cache = cache
        self._project = edit.batch.project
        self._cause = cause_of(edit.task)
        self._links: list[Callable[[], None]] = []
        self._before: dict[MemoryId, int | None] = {}
        """The versions that memories had before this edit; None: they were not live."""
        self._added: set[MemoryId] = set()

    def change(self, change: Change, encoded: EncodedContent | None) -> None:
        whose = self._edit.owners.get(change.id, self._edit.batch.owner)
        if not files.writable(self._tx.connection, whose):
            return
        owner = memories.ensure_owner(self._tx, self._project, whose)
        if isinstance(change, Retire):
            self._retire(change, owner)
        elif encoded is not None and isinstance(change, Add):
            self._added.add(change.id)
            self._add(encoded, owner)
        elif encoded is not None and isinstance(change, Revise):
            self._revise(change, encoded, owner)

    def link(self) -> None:
        for link in self._links:
            link()

    def _live(self, change: Revise | Retire, owner: int) -> tuple[int, int] | None:
        """Number and version of a memory; None if this edit has retired it, or did not add it after all."""
        live = memories.live_of_owner(self._tx, change.id, owner)
        if change.id not in self._added:
            check_version(change, self._before.setdefault(change.id, live and live[1]))
        return live

    def _add(self, encoded: EncodedContent, owner: int) -> None:
        # Between extraction and now the memories of these messages may have been deleted: then they stay forgotten.
        if messages.forgotten(self._tx, self._project, encoded.sources):
            return
        edit = self._edit
        number = memories.add(
            self._tx, encoded, edit.batch, owner, edit.at, cause=self._cause, model=edit.model, cache=self._cache
        )
        self._follow(number, encoded)

    def _revise(self, change: Revise, encoded: EncodedContent, owner: int) -> None:
        live = self._live(change, owner)
        if live is None:
            return
        memories.revise(
            self._tx,
            encoded,
            self._project,
            owner,
            live,
            self._edit.at,
            action=action_of(change, self._cause),
            cause=self._cause,
            model=self._edit.model,
            cache=self._cache,
        )
        self._follow(live[0], encoded)

    def _retire(self, change: Retire, owner: int) -> None:
        live = self._live(change, owner)
        if live is None:
            return
        memories.retire(
            self._tx, self._project, change, owner, live, self._edit.at, cause=self._cause, cache=self._cache
        )
        number, successor = live[0], change.replaced_by
        if successor is not None:
            merged = change.because == REPEATED
            self._links.append(lambda: graph.link_successor(self._tx, self._project, number, successor, merged=merged))

    def _follow(self, number: int, encoded: EncodedContent) -> None:
        predecessor = encoded.after
        if predecessor is not None:
            self._links.append(lambda: graph.link_after(self._tx, self._project, number, predecessor))
