"""Carrying out one task's changes, with the settling of the task, in one transaction."""

from collections.abc import Callable

from memosd.domain.changes import REPEATED, Add, Change, Retire
from memosd.domain.tasks import Done
from memosd.engines.common.bell import Bell
from memosd.engines.common.codec import EncodedChanges, EncodedContent
from memosd.engines.sqlite import embeddings, graph, memories, messages, tasks
from memosd.engines.sqlite.database import Transaction
from memosd.engines.sqlite.vectors import VectorCache
from memosd.ports.storage import Edit


def carry_out(tx: Transaction, edit: Edit, changes: EncodedChanges, cache: VectorCache, bell: Bell) -> bool:
    """False, and nothing done, if the lease was lost or the batch erased. Raises `Unavailable` if its vectors are of an
    embedder that is no longer used."""
    if not tasks.holds_lease(tx, edit.task) or messages.batch_number(tx, edit.batch.id) is None:
        return False
    if edit.vectors:
        embeddings.check_model(tx, edit.model)
    if changes:
        writing = _Writing(tx, edit, cache)
        for change, encoded in changes:
            writing.change(change, encoded)
        writing.link()
    return tasks.settle(tx, edit.task, Done(edit.note), edit.at, bell)


class _Writing:
    """The changes of one edit. Links come last: they may lead to memories that the same edit adds further on."""

    def __init__(self, tx: Transaction, edit: Edit, cache: VectorCache) -> None:
        self._tx = tx
        self._edit = edit
        self._cache = cache
        self._project = edit.batch.project
        self._owner = memories.ensure_owner(tx, edit.batch.project, edit.batch.owner)
        self._links: list[Callable[[], None]] = []

    def change(self, change: Change, encoded: EncodedContent | None) -> None:
        if isinstance(change, Retire):
            self._retire(change)
        elif encoded is not None and isinstance(change, Add):
            self._add(encoded)
        elif encoded is not None:
            self._revise(encoded)

    def link(self) -> None:
        for link in self._links:
            link()

    def _add(self, encoded: EncodedContent) -> None:
        # Between extraction and now the memories of these messages may have been deleted: then they stay forgotten.
        if messages.forgotten(self._tx, self._project, encoded.sources):
            return
        edit = self._edit
        number = memories.add(self._tx, encoded, edit.batch, self._owner, edit.at, model=edit.model, cache=self._cache)
        self._follow(number, encoded)

    def _revise(self, encoded: EncodedContent) -> None:
        live = memories.live_of_owner(self._tx, encoded.id, self._owner)
        if live is None:
            return
        edit = self._edit
        memories.revise(
            self._tx, encoded, self._project, self._owner, live, edit.at, model=edit.model, cache=self._cache
        )
        self._follow(live[0], encoded)

    def _retire(self, change: Retire) -> None:
        live = memories.live_of_owner(self._tx, change.id, self._owner)
        if live is None:
            return
        number, successor = live[0], change.replaced_by
        memories.retire(
            self._tx,
            self._owner,
            number,
            self._edit.at,
            because=change.because,
            replaced_by=successor,
            cache=self._cache,
        )
        if successor is not None:
            merged = change.because == REPEATED
            self._links.append(lambda: graph.link_successor(self._tx, self._project, number, successor, merged=merged))

    def _follow(self, number: int, encoded: EncodedContent) -> None:
        predecessor = encoded.after
        if predecessor is not None:
            self._links.append(lambda: graph.link_after(self._tx, self._project, number, predecessor))
