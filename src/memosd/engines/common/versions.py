"""Whether a memory is still what a change was made from."""

from memosd.domain.changes import Restore, Retire, Revise
from memosd.domain.errors import Outdated


def check_version(change: Revise | Retire | Restore, found: int | None) -> None:
    """found: the version that there is to be changed; None if there is none. Raises `Outdated` if it is another one."""
    if found != change.version:
        raise Outdated(f"memory '{change.id}' has changed since it was read")
