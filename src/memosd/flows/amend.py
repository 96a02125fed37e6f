"""Change one memory because a request says so: its words, its title, or whether it is believed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from memosd.domain.changes import ARCHIVED, Restore, Retire, Revise
from memosd.domain.errors import Invalid, NoSuchMemory, Outdated
from memosd.domain.history import Cause
from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Memory, Stage
from memosd.language.names import names
from memosd.language.script import language_of
from memosd.language.terms import terms
from memosd.ports.index import Clock
from memosd.ports.models import Embedder
from memosd.ports.storage import Amendment, Storage

Status = Literal["activated", "archived"]
TRIES = 8
"""Of each that fails, somebody else's change to the same memory has come in between."""
_Change = Revise | Restore | Retire


@dataclass(frozen=True, slots=True)
class AmendMemory:
    storage: Storage
    embedder: Callable[[], Embedder]
    clock: Clock

    async def __call__(
        self,
        project: ProjectId,
        memory: MemoryId,
        *,
        by: Cause,
        value: str | None = None,
        title: str | None = None,
        status: Status | None = None,
    ) -> Memory:
        """The memory as it then is. What is given is changed, and nothing else, also where others change the same
        memory meanwhile; an archived one leaves every search.

        Raises `NoSuchMemory`, `Invalid` if an archived memory is to be worded anew without being activated, and
        `Outdated` if others came first `TRIES` times.
        """

        def wording(known: Memory) -> Restore | Revise | None:
            return _wording(known, value, title, activated=status == "activated")

        known = await self._changed(await self._get(project, memory), wording, by)
        return await self._changed(known, _archiving, by) if status == "archived" else known

    async def _changed(self, known: Memory, change_of: Callable[[Memory], _Change | None], by: Cause) -> Memory:
        """The memory after the change that it wants, as it is when that is written."""
        tries = TRIES
        while change := change_of(known):
            try:
                await self._write(known, change, by)
                return await self._get(known.project, known.id)
            except Outdated:
                tries -= 1
                if not tries:
                    raise
            known = await self._get(known.project, known.id)
        return known

    async def _get(self, project: ProjectId, memory: MemoryId) -> Memory:
        found = await self.storage.memories(project, [memory])
        if not found:
            raise NoSuchMemory(f"memory_id: there is no memory '{memory}' in this project")
        return found[0]

    async def _write(self, known: Memory, change: _Change, by: Cause) -> None:
        vectors, embedder = None, self.embedder()
        if not isinstance(change, Retire):
            keys = change.content.keys or (change.content.value,)
            vectors = await embedder.embed(keys, purpose="passage")
        amendment = Amendment(
            known.project, known.owner, change, by, self.clock(), vectors=vectors, model=embedder.model
        )
        await self.storage.amend(amendment)


def _wording(known: Memory, value: str | None, title: str | None, *, activated: bool) -> Restore | Revise | None:
    """None if the memory says that already. Raises `Invalid`."""
    content = _reworded(known.content, value, title)
    if activated and not known.active:
        return Restore(known.id, content, version=known.version)
    if content == known.content:
        return None
    if not known.active:
        raise Invalid("memory_id: the memory is archived; give status 'activated' to change it")
    return Revise(known.id, content, version=known.version)


def _archiving(known: Memory) -> Retire | None:
    return Retire(known.id, ARCHIVED, version=known.version) if known.active else None


def _reworded(content: Content, value: str | None, title: str | None) -> Content:
    """A draft that is only given a title remains one."""
    if title is not None and title != content.title:
        stage = Stage.DRAFT if content.stage is Stage.DRAFT else Stage.CORRECTED
        content = replace(content, title=title, stage=stage)
    if value is None or value == content.value:
        return content
    return replace(
        content,
        value=value,
        keys=(value,),
        terms=tuple(terms(value)),
        entities=names(value),
        language=language_of(value),
        stage=Stage.CORRECTED,
        detail={key: part for key, part in content.detail.items() if key != "notes"},
    )
