"""The only ways in which what is believed can change. A model can add and supersede; it can never delete.

What changes a known memory says which `version` of it was read: a storage refuses it (`errors.Outdated`) where the
memory has been written, retired, restored or deleted since.
"""

from dataclasses import dataclass, field

from memosd.domain.ids import MemoryId
from memosd.domain.memories import Content

REPEATED = "says the same as another memory"
"""`Retire.because` of a memory that was merged into its successor; for any other reason the successor supersedes it."""
ARCHIVED = "archived"
DENIED = "said by feedback not to be so"
PUT_AWAY = frozenset({ARCHIVED, DENIED})
"""`Retire.because` where a person wants a memory out of the way: what its messages say is not believed again."""


@dataclass(frozen=True, slots=True)
class Add:
    """A new memory under a new id. `after` is the memory before it in the same conversation, if there is one."""

    id: MemoryId
    content: Content
    after: MemoryId | None = None


@dataclass(frozen=True, slots=True)
class Revise:
    """A new version under the same id: the refined form of a draft, or more evidence for the same fact."""

    id: MemoryId
    content: Content
    after: MemoryId | None = None
    version: int = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Retire:
    """Leaves ordinary search, stays in the history. `replaced_by` links its successor."""

    id: MemoryId
    because: str
    replaced_by: MemoryId | None = None
    version: int = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Restore:
    """A retired memory is believed again, as a new version."""

    id: MemoryId
    content: Content
    version: int = field(kw_only=True)


Change = Add | Revise | Retire | Restore
