"""Change one memory because a request says so: its words, its title, or whether it is believed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from memosd.domain.changes import Restore, Retire, Revise
from memosd.domain.errors import Invalid, NoSuchMemory
from memosd.domain.history import Cause
from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Memory, Stage
from memosd.language.names import names
from memosd.language.script import language_of
from memosd.language.terms import terms
from memosd.ports.index import Clock
from memosd.ports.models import Embedder
from memosd.ports.storage import Amendment, Storage

ARCHIVED = "archived"
Status = Literal["activated", "archived"]


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
        """The memory as it then is. What is given is changed, and nothing else; an archived one leaves every search.

        Raises `NoSuchMemory`, and `Invalid` if an archived memory is to be worded anew without being activated.
        """
        known = await self._get(project, memory)
        content = _reworded(known.content, value, title)
        if status == "activated" and not known.active:
            await self._write(known, Restore(known.id, content), by)
        elif content != known.content:
            if not known.active:
                raise Invalid("memory_id: the memory is archived; give status 'activated' to change it")
            await self._write(known, Revise(known.id, content), by)
        if status == "archived" and known.active:
            await self._write(known, Retire(known.id, ARCHIVED), by)
        return await self._get(project, memory)

    async def _get(self, project: ProjectId, memory: MemoryId) -> Memory:
        found = await self.storage.memories(project, [memory])
        if not found:
            raise NoSuchMemory(f"memory_id: there is no memory '{memory}' in this project")
        return found[0]

    async def _write(self, known: Memory, change: Revise | Restore | Retire, by: Cause) -> None:
        vectors, embedder = None, self.embedder()
        if not isinstance(change, Retire):
            keys = change.content.keys or (change.content.value,)
            vectors = await embedder.embed(keys, purpose="passage")
        amendment = Amendment(
            known.project, known.owner, change, by, self.clock(), vectors=vectors, model=embedder.model
        )
        await self.storage.amend(amendment)


def _reworded(content: Content, value: str | None, title: str | None) -> Content:
    if title is not None:
        content = replace(content, title=title)
    if value is None or value == content.value:
        return content
    return replace(
        content,
        value=value,
        keys=(value,),
        terms=tuple(terms(value)),
        entities=names(value),
        language=language_of(value),
        stage=Stage.REFINED,
        detail={key: part for key, part in content.detail.items() if key != "notes"},
    )
