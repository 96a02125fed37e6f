"""The body of a request: JSON, or a form with files; bounded while it comes."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope

from memosd.domain.errors import Invalid, TooLarge, TooManyFiles

JSON, FORM = b"application/json", b"multipart/form-data"
MAX_FIELDS, MAX_FIELD = 20, 1 << 16
"""Fields of a form, and bytes of one."""

_NO_TEXT = "the form cannot be read: its fields are no text in the encoding that it names; send them in UTF-8"

Headers = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Form:
    """fields: of the query and, before them, of the form itself. files: its parts named `file`."""

    fields: Mapping[str, str]
    files: Sequence[UploadFile]


def media_type(headers: Headers) -> bytes:
    """A request without a Content-Type is taken for JSON."""
    return headers.get(b"content-type", JSON).split(b";", 1)[0].strip().lower()


def demand_json(headers: Headers, *, or_form: bool = False) -> None:
    if media_type(headers) != JSON:
        other = f", or a form ({FORM.decode()})" if or_form else ""
        raise HTTPException(415, f"the body must be JSON: send 'Content-Type: application/json'{other}")


async def read_body(receive: Receive, headers: Headers, *, limit: int) -> bytes:
    """Raises `TooLarge` as soon as it is known to be over the limit, without reading the rest."""
    return b"".join([chunk async for chunk in _chunks(receive, headers, limit)])


@asynccontextmanager
async def spooled_body(receive: Receive, headers: Headers, *, limit: int, memory: int) -> AsyncIterator[IO[bytes]]:
    """A body whose client may be slow: one of more than `memory` bytes lies on the disk. The file is at its end.

    Raises as `read_body`.
    """
    with SpooledTemporaryFile(max_size=memory) as file:
        async for chunk in _chunks(receive, headers, limit):
            if file.tell() + len(chunk) > memory:
                await asyncio.to_thread(file.write, chunk)
            else:
                file.write(chunk)
        yield file


@asynccontextmanager
async def read_form(scope: Scope, receive: Receive, headers: Headers, *, limit: int, files: int) -> AsyncIterator[Form]:
    """A multipart form of at most `limit` bytes and so many `files`; large ones lie on the disk.

    Raises `TooLarge`, `TooManyFiles`, or `Invalid` for a malformed one.
    """
    request = Request(scope, _bounded(receive, headers, limit))
    try:
        form = await request.form(max_files=files, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD)
    except HTTPException as error:
        if error.detail.startswith("Too many files"):
            raise TooManyFiles(f"file: more than {files} files, the most that is allowed in one request") from None
        raise Invalid(f"the form cannot be read: {error.detail}") from None
    except UnicodeError:
        raise Invalid(_NO_TEXT) from None
    try:
        parts = [part for part in form.getlist("file") if isinstance(part, UploadFile)]
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        if not all(map(_is_text, (*fields, *fields.values(), *(part.filename or "" for part in parts)))):
            raise Invalid(_NO_TEXT)
        yield Form({**dict(request.query_params), **fields}, parts)
    finally:
        await form.close()


def _is_text(value: str) -> bool:
    """Not so with half of a surrogate pair in it, which an encoding that the client chooses can bring."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


async def _chunks(receive: Receive, headers: Headers, limit: int) -> AsyncIterator[bytes]:
    bounded = _bounded(receive, headers, limit)
    more = True
    while more:
        message = await bounded()
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _bounded(receive: Receive, headers: Headers, limit: int) -> Receive:
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding not in (b"", b"identity"):
        raise HTTPException(
            415, f"Content-Encoding '{encoding[:60].decode('latin-1')}' is not supported: send the body as it is"
        )
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(announced.decode(), limit)
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        size += len(message.get("body", b""))
        if size > limit:
            raise _too_large(f"more than {limit}", limit)
        return message

    return counted


def _too_large(given: str, limit: int) -> TooLarge:
    return TooLarge(f"the body has {given} bytes, at most {limit} are allowed")
