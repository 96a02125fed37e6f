"""Exact vector search: every vector of an owner in one matrix, made from the stored embeddings when first asked for.

The matrices are a cache of the embeddings table. They are kept in step by the writes that change it, after each commit,
and the least recently used go when all together take more than the given number of bytes.
"""

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import apsw
import numpy as np
import numpy.typing as npt

from memosd.domain.memories import Kind
from memosd.domain.search import Scored
from memosd.engines.common.codec import decode_vectors
from memosd.engines.common.scoring import Numbers, best_first
from memosd.engines.sqlite.database import Database
from memosd.engines.sqlite.permitted import Permitted
from memosd.engines.sqlite.reach import owners_in_reach
from memosd.engines.sqlite.statements import fetch_all
from memosd.ports.index import Probe
from memosd.ports.models import Vector, Vectors

_KIND_CODES = {kind: code for code, kind in enumerate(Kind)}
_GONE = -1
_LEAST_ROWS = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One memory of a matrix; vectors: shape (keys, dimension)."""

    number: int
    id: str
    kind: str
    vectors: Vectors


class Matrix:
    """The vectors of one owner's live memories under one model. Safe to search while it is changed.

    Starts unloaded: changes are then remembered and made after `load`, so that it makes no difference whether the
    snapshot loaded from was taken before or after them. Rows are only appended; a memory that changes or goes leaves
    dead rows behind, which are swept when they are the most.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._early: list[Callable[[], None]] | None = []
        self._fill([])

    def load(self, entries: Callable[[], list[Entry]]) -> bool:
        """Fill it if that was not done before; whether it was done now. `entries` takes its snapshot when called."""
        with self._loading:
            if self._early is None:
                return False
            loaded = entries()
            with self._lock:
                self._fill(loaded)
                early, self._early = self._early, None
                for change in early:
                    change()
            return True

    @property
    def size(self) -> int:
        """Bytes, without the identifiers."""
        return self._rows.nbytes + self._slot_of_row.nbytes + self._numbers.nbytes + self._kinds.nbytes

    def put(self, entry: Entry) -> None:
        """Add a memory, or replace it."""
        self._change(lambda: self._put(entry))

    def drop(self, number: int) -> None:
        self._change(lambda: self._forget(number))

    def search(
        self, query: Vector, kinds: frozenset[Kind], permitted: Numbers | None, limit: int
    ) -> list[tuple[str, float]]:
        """The best by inner product with the query; the score of a memory is that of its best key."""
        with self._lock:
            rows, ids, count = self._rows[: self._used], self._ids, len(self._ids)
            slot_of_row = self._slot_of_row[: self._used].copy()
            numbers, codes = self._numbers[:count], self._kinds[:count].copy()
        codes_wanted = np.zeros(len(_KIND_CODES) + 1, dtype=bool)
        codes_wanted[[_KIND_CODES[kind] for kind in kinds]] = True
        wanted = codes_wanted[codes]  # that of a memory that is gone, -1, is the last, and False
        if permitted is not None:
            wanted &= np.isin(numbers, permitted)
        if not len(rows) or not wanted.any():
            return []
        chosen = np.flatnonzero((slot_of_row != _GONE) & wanted[slot_of_row])
        few = len(chosen) < len(rows) // 2
        products = rows[chosen] @ query if few else (rows @ query)[chosen]
        slots = slot_of_row[chosen]  # ascending: the rows of a memory are appended together
        starts = np.flatnonzero(np.diff(slots, prepend=_GONE))
        best = np.full(count, -np.inf, dtype=np.float32)
        best[slots[starts]] = np.maximum.reduceat(products, starts)
        candidates = np.flatnonzero(np.isfinite(best))
        if limit < len(candidates):
            candidates = candidates[np.argpartition(-best[candidates], limit - 1)[:limit]]
        order = candidates[np.lexsort((-numbers[candidates], -best[candidates]))]
        return [(ids[slot], score) for slot, score in zip(order.tolist(), best[order].tolist(), strict=True)]

    def _change(self, change: Callable[[], None]) -> None:
        with self._lock:
            if self._early is None:
                change()
            else:
                self._early.append(change)

    def _fill(self, entries: list[Entry]) -> None:
        self._ids = [entry.id for entry in entries]
        self._numbers = np.array([entry.number for entry in entries], dtype=np.int64)
        self._kinds = np.array([_KIND_CODES[Kind(entry.kind)] for entry in entries], dtype=np.int8)
        keys = np.array([len(entry.vectors) for entry in entries], dtype=np.int64)
        ends = np.cumsum(keys).tolist()
        starts = [0, *ends[:-1]]
        self._places = {e.number: _Place(i, starts[i], ends[i]) for i, e in enumerate(entries)}
        self._used, self._dead = (ends[-1] if ends else 0), 0
        width = entries[0].vectors.shape[1] if entries else 0
        self._rows = np.empty((self._used + max(_LEAST_ROWS, self._used // 8), width), dtype=np.float32)
        self._slot_of_row = np.full(len(self._rows), _GONE, dtype=np.int32)
        if entries:
            np.concatenate([entry.vectors for entry in entries], out=self._rows[: self._used])
            self._slot_of_row[: self._used] = np.repeat(np.arange(len(entries), dtype=np.int32), keys)

    def _put(self, entry: Entry) -> None:
        self._forget(entry.number)
        if not self._places:
            self._fill([entry])
            return
        slot, start, end = len(self._ids), self._used, self._used + len(entry.vectors)
        if end > len(self._rows):
            self._rows = _grown(self._rows, end, 0)
            self._slot_of_row = _grown(self._slot_of_row, end, _GONE)
        if slot >= len(self._numbers):
            self._numbers = _grown(self._numbers, slot + 1, 0)
            self._kinds = _grown(self._kinds, slot + 1, _GONE)
        self._rows[start:end] = entry.vectors
        self._slot_of_row[start:end] = slot
        self._numbers[slot], self._kinds[slot] = entry.number, _KIND_CODES[Kind(entry.kind)]
        self._places[entry.number] = _Place(slot, start, end)
        self._used = end
        self._ids.append(entry.id)
        if self._dead > max(_LEAST_ROWS, self._used // 2):
            self._sweep()

    def _forget(self, number: int) -> None:
        place = self._places.pop(number, None)
        if place is not None:
            self._slot_of_row[place.start : place.end] = _GONE
            self._kinds[place.slot] = _GONE
            self._dead += place.end - place.start

    def _sweep(self) -> None:
        kinds = list(Kind)
        self._fill(
            [
                Entry(number, self._ids[at.slot], kinds[self._kinds[at.slot]], self._rows[at.start : at.end])
                for number, at in self._places.items()
            ]
        )


@dataclass(frozen=True, slots=True)
class _Place:
    slot: int
    start: int
    end: int


def _grown(array: npt.NDArray[Any], least: int, filling: int) -> npt.NDArray[Any]:
    grown = np.full((max(least, len(array) * 5 // 4 + _LEAST_ROWS), *array.shape[1:]), filling, dtype=array.dtype)
    grown[: len(array)] = array
    return grown


class VectorCache:
    """The matrices in memory, by owner and model; at most `limit` bytes, but always the one last asked for.

    Changes come from the writer thread, searches from the readers.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._owners: OrderedDict[int, dict[str, Matrix]] = OrderedDict()

    def matrix(self, owner: int, model: str) -> Matrix:
        """The matrix, perhaps still to be loaded; from now on every change reaches it."""
        with self._lock:
            matrices = self._owners.setdefault(owner, {})
            self._owners.move_to_end(owner)
            return matrices.setdefault(model, Matrix())

    def put(self, owner: int, model: str, number: int, id: str, kind: str, vectors: Sequence[bytes]) -> None:
        with self._lock:
            matrix = self._owners.get(owner, {}).get(model)
        if matrix is not None:
            matrix.put(Entry(number, id, kind, decode_vectors(vectors, dimension=len(vectors[0]) // 2)))

    def drop(self, owner: int, number: int) -> None:
        with self._lock:
            matrices = list(self._owners.get(owner, {}).values())
        for matrix in matrices:
            matrix.drop(number)

    def clear(self) -> None:
        with self._lock:
            self._owners.clear()

    def shrink(self) -> None:
        """Let the least recently used owners go until the rest fits."""
        with self._lock:
            size = sum(matrix.size for matrices in self._owners.values() for matrix in matrices.values())
            while size > self._limit and len(self._owners) > 1:
                _, gone = self._owners.popitem(last=False)
                size -= sum(matrix.size for matrix in gone.values())


class VectorIndex:
    """Exact search by inner product over the keys of memories; a memory scores as its best key."""

    name = "vector"

    def __init__(self, database: Database, cache: VectorCache, permitted: Permitted) -> None:
        self._database = database
        self._cache = cache
        self._permitted = permitted

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        if limit < 1:
            return []
        query = await probe.vector()
        stamp = self._database.stamp
        # Not in one snapshot: a matrix must be loaded from one that is taken after the cache knows of it.
        return await self._database.read(
            lambda connection: self._search(connection, stamp, probe, query, limit), snapshot=False
        )

    def _search(self, connection: apsw.Connection, stamp: int, probe: Probe, query: Vector, limit: int) -> list[Scored]:
        found: list[tuple[str, float]] = []
        for owner, where in owners_in_reach(connection, probe.project, probe.reaches):
            matrix = self._cache.matrix(owner, probe.model)
            if matrix.load(functools.partial(_stored, connection, owner, probe.model)):
                self._cache.shrink()
            permitted = self._permitted.of_owner(connection, stamp, owner, where)
            found += matrix.search(query, probe.kinds, permitted, limit)
        return best_first(found, limit)


def _stored(connection: apsw.Connection, owner: int, model: str) -> list[Entry]:
    """The embeddings of the owner's live memories, by number; one statement, so one snapshot."""
    rows = fetch_all(connection, "vectors.of_owner", (owner, model))
    vectors = decode_vectors([row[4] for row in rows], dimension=rows[0][3] if rows else 1)
    entries = []
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end][0] != rows[start][0]:
            number, memory, kind = rows[start][:3]
            entries.append(Entry(number, memory, kind, vectors[start:end]))
            start = end
    return entries
