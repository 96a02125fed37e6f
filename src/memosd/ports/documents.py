"""Reading files, and fetching them."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from memosd.domain.documents import Document
from memosd.domain.files import FileKind
from memosd.domain.ids import ProjectId, TaskId


class Reader(Protocol):
    async def read(self, path: Path, *, name: str, kind: FileKind) -> Document:
        """What a file says, told by its content; `name` only decides between formats that look alike.

        Of a skill: the text of its SKILL.md as one block. Raises `Unreadable` saying why it cannot be read.
        """
        ...


class Describer(Protocol):
    async def __call__(self, picture: bytes, *, said: str, project: ProjectId, task: TaskId) -> str:
        """What a picture shows, in the language of what was said with it.

        Raises `ModelUnavailable`, `ModelRefused` for a model that does not or will not answer, and for pictures that
        models are not shown; `OverBudget`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer under way. name: what the file is called by the answer or the URL. media_type: as the answer says it.
    Both may be empty."""

    name: str
    content: AsyncIterator[bytes]
    media_type: str = ""


class Fetcher(Protocol):
    def open(self, url: str) -> AbstractAsyncContextManager[Fetched]:
        """Raises `Unreadable` for an address that may not be asked or an answer that is none, `Unavailable` if the
        other side may do better later."""
        ...
