"""An archive as JSON Lines: `{"<kind>":{…}}` a line, between `{"memosd":{"format":1}}` and `{"end":{"records":n}}`.

The first record is the project, and all others are of it.
A line follows from the dataclass of its record (`ports/archive`) alone. Vectors and digests are base64, times ISO 8601.
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Literal, get_args

from pydantic import ConfigDict, TypeAdapter, ValidationError

from memosd.domain.errors import Invalid
from memosd.domain.ids import ProjectId
from memosd.ports.archive import Line, ProjectRecord, TaskEntry, project_of

FIRST = b'{"memosd":{"format":1}}\n'
MAX_LINE = 64 * 1024 * 1024
"""Bytes. A record is a batch, or a memory with its history: far smaller."""
CHUNK = 500
CHUNK_BYTES = 8 << 20
"""Records that are read together, and the bytes of their lines after which no more are."""

_KIND = re.compile(rb'\{"(\w+)":')
_CONFIG = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


def kind_of(record: type[Any]) -> str:
    """What a kind of record is called in a line: `BatchRecord` is `batch`, `TaskEntry` is `task`."""
    return re.sub(r"(Record|Entry)$", "", record.__name__).lower()


@cache
def _lines() -> dict[str, TypeAdapter[Any]]:
    found: dict[str, TypeAdapter[Any]] = {}
    for record in get_args(Line):
        line: Any = dict[Literal[kind_of(record)], record]  # type: ignore[misc]
        found[kind_of(record)] = TypeAdapter(line, config=_CONFIG)
    return found


async def write_lines(chunks: AsyncIterator[Sequence[Line]]) -> AsyncIterator[bytes]:
    """The lines of a dump, some at a time."""
    yield FIRST
    count = 0
    async for records in chunks:
        count += len(records)
        lines = [_lines()[kind].dump_json({kind: record}) for record in records for kind in (kind_of(type(record)),)]
        yield b"".join(line + b"\n" for line in lines)
    yield b'{"end":{"records":%d}}\n' % count


def read_lines(lines: Iterable[bytes]) -> Iterator[list[Line]]:
    """Records in chunks, in order, the project first. Raises `Invalid` naming the line that is wrong or of another
    project, and if the end is missing."""
    chunk: list[Line] = []
    count = size = 0
    project: ProjectId | None = None
    for number, line in enumerate(lines, start=1):
        if number == 1:
            if line != FIRST:
                raise Invalid("this is no archive of memosd, or one of a version that is not known here")
        elif project is not None and line == b'{"end":{"records":%d}}\n' % count:
            yield chunk
            return
        else:
            record = _record(line, number)
            project = _same_project(record, project, number)
            chunk.append(record)
            count += 1
            size += len(line)
            if len(chunk) == CHUNK or size >= CHUNK_BYTES:
                yield chunk
                chunk, size = [], 0
    raise Invalid(f"the archive is not whole: it ends after {count} records")


def _record(line: bytes, number: int) -> Line:
    kind = _KIND.match(line)
    adapter = _lines().get(kind[1].decode()) if kind else None
    if kind is None or adapter is None or len(line) > MAX_LINE:
        raise Invalid(f"line {number} of the archive is no record that is known here: {line[:60]!r}")
    try:
        [record] = adapter.validate_json(line).values()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Invalid(f"line {number} of the archive is wrong at {where}: {first['msg']}") from error
    found: Line = record
    return found


def _same_project(record: Line, project: ProjectId | None, number: int) -> ProjectId:
    """The one project of an archive, whose record comes first. Raises `Invalid` for a record of another."""
    if isinstance(record, ProjectRecord) != (project is None):
        raise Invalid(f"line {number} of the archive is wrong: its first record, and no other, must be a project")
    own = project_of(record) or project
    assert own is not None
    if project is not None and own != project:
        raise Invalid(f"line {number} of the archive is wrong: it is of the project {own}, the archive of {project}")
    if isinstance(record, TaskEntry) and not record.task.lock.startswith(f"{own}/"):
        raise Invalid(f"line {number} of the archive is wrong: its task writes what is not of the project {own}")
    return own
