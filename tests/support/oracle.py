"""Storage as a dict: what any engine must agree with."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from memosd.domain.changes import Add, Change, Retire, Revise
from memosd.domain.errors import Outdated
from memosd.domain.ids import BatchId, MemoryId, MessageId
from memosd.domain.memories import Memory
from memosd.domain.messages import Batch


@dataclass(slots=True)
class DictStorage:
    """Memories and what is known of messages, without any index."""

    memories: dict[MemoryId, Memory] = field(default_factory=dict)
    batches: dict[BatchId, Batch] = field(default_factory=dict)
    unlearnable: set[MessageId] = field(default_factory=set)

    def accept(self, batch: Batch, drafts: list[Add]) -> None:
        self.batches[batch.id] = batch
        for draft in drafts:
            self._add(draft, batch, batch.received_at)

    def apply(self, batch: Batch, changes: list[Change], at: datetime) -> bool:
        if batch.id not in self.batches:
            return False
        if not all(self._current(change, batch) for change in changes if isinstance(change, Revise | Retire)):
            raise Outdated
        for change in changes:
            known = self.memories.get(change.id)
            if isinstance(change, Add):
                sources = set(change.content.sources)
                if not (sources and sources <= self.unlearnable):
                    self._add(change, batch, at)
            elif known is None or not known.active:
                continue
            elif isinstance(change, Revise):
                self.memories[change.id] = replace(
                    known, content=change.content, version=known.version + 1, updated_at=at
                )
            elif isinstance(change, Retire):
                self.memories[change.id] = replace(
                    known, retired_at=at, retired_because=change.because, replaced_by=change.replaced_by
                )
        return True

    def erase_memories(self, project: str, ids: list[MemoryId]) -> bool:
        if any(id_ not in self.memories or self.memories[id_].project != project for id_ in ids):
            return False
        cited = {source for id_ in ids for source in self.memories[id_].content.sources}
        for id_ in set(ids):
            del self.memories[id_]
        live = {source for memory in self.memories.values() if memory.active for source in memory.content.sources}
        self.unlearnable |= cited - live
        self._forget_replacements()
        return True

    def erase_user(self, project: str, user: str) -> None:
        self.memories = {i: m for i, m in self.memories.items() if (m.project, m.user) != (project, user)}
        self.batches = {i: b for i, b in self.batches.items() if (b.project, b.user) != (project, user)}
        self._forget_replacements()

    def live(self) -> dict[MemoryId, Memory]:
        return {id_: memory for id_, memory in self.memories.items() if memory.active}

    def learnable(self, batch: Batch) -> list[MessageId]:
        return [message.id for message in batch.messages if message.id not in self.unlearnable]

    def _current(self, change: Revise | Retire, batch: Batch) -> bool:
        known = self.memories.get(change.id)
        if known is None or not known.active or known.version != change.version:
            return False
        return (known.project, known.owner) == (batch.project, batch.owner)

    def _add(self, add: Add, batch: Batch, at: datetime) -> None:
        self.memories[add.id] = Memory(
            add.id,
            batch.project,
            batch.owner,
            batch.user,
            batch.conversation,
            add.content,
            created_at=at,
            updated_at=at,
            agent=batch.agent,
            app=batch.app,
            info=batch.info,
        )

    def _forget_replacements(self) -> None:
        for id_, memory in self.memories.items():
            if memory.replaced_by is not None and memory.replaced_by not in self.memories:
                self.memories[id_] = replace(memory, replaced_by=None)
