"""SQL is code with names: `sql/memories.sql` of an engine holds the statements `memories.<name>`, each after
`-- name: <name>`."""

import functools
import re
from collections.abc import Mapping
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_MIGRATION = re.compile(r"(\d{4})_\w+\.sql")


@functools.cache
def named_statements(package: str, topic: str) -> Mapping[str, str]:
    """The statements of `sql/<topic>.sql` of the package by name."""
    text = (files(package) / "sql" / f"{topic}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def numbered_migrations(package: str) -> list[tuple[int, str]]:
    """The scripts of `migrations/`, in order, from 1 without gaps."""
    return sorted(
        (int(match[1]), script.read_text(encoding="utf-8"))
        for script in (files(package) / "migrations").iterdir()
        if (match := _MIGRATION.fullmatch(script.name))
    )
