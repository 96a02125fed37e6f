"""What processes that memosd starts get of its own environment: what Python and its libraries need, and no secret."""

import os

_NAMES = frozenset(
    "PATH HOME LANG LANGUAGE TZ TMPDIR TMP TEMP SYSTEMROOT LD_LIBRARY_PATH DYLD_LIBRARY_PATH OMP_NUM_THREADS".split()
)
_BEGINNINGS = ("LC_", "PYTHON")


def environment() -> dict[str, str]:
    """Without the settings, which have keys and a password: children read what others sent."""
    return {name: value for name, value in os.environ.items() if name in _NAMES or name.startswith(_BEGINNINGS)}
