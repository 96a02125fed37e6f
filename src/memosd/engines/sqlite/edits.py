"""Carrying out one task's changes, with the settling of the task, in one transaction."""

from collections.abc import Callable

from memosd.domain.changes import REPEATED, Add, Change, Retire, Revise
from memosd.domain.tasks import Done
from memosd.engines.sqlite import embeddings, files, graph, memories, messages, tasks
from memosd.engines.sqlite.bell import Bell
from memosd.engines.sqlite.codec import EncodedContent, encode_memory
from memosd.engines.sqlite.database import Transaction
from memosd.engines.sqlite.vectors import VectorCache
from memosd.ports.storage import Edit

Encoded = list[tuple[Change, EncodedContent | None]]


def encode(edit: Edit) -> Encoded:
    """The changes with their contents ready to be written. Raises `ValueError` if vectors do not fit their content."""
    return [
        (
            change,
            encode_memory(change.id, change.content, after=change.after, vectors=edit.vectors.get(change.id))
            if isinstance(change, Add | Revise)
            else None,
        )
        for change in edit.changes
    ]


def carry_out(tx: Transaction, edit: Edit, changes: Encoded, cache: VectorCache, bell: Bell) -> bool:
    """False, and nothing done, if the lease was lost or the batch erased. Raises `Unavailable` if its vectors are of an
    embedder that is no longer used."""
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
