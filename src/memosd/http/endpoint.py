"""The one walk of a request: key, body, JSON, model, flow, envelope."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from memosd.domain.errors import Invalid, MemosdError, TooLarge, TooManyFiles, Unavailable
from memosd.domain.ids import ProjectId
from memosd.http.auth import Authenticator
from memosd.http.services import Services
from memosd.wire.body import parse_object
from memosd.wire.envelope import OK, envelope
from memosd.wire.fields import Request
from memosd.wire.problems import problem

JSON, FORM = b"application/json", b"multipart/form-data"
MAX_FIELDS, MAX_FIELD = 20, 1 << 16
"""Fields of a form, and bytes of one."""
HEAVY_AT_ONCE = 2
"""Bodies with large files that are read as JSON at the same time; the others wait."""

RequestT = TypeVar("RequestT", bound=Request)
AnswerT = TypeVar("AnswerT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Said(Generic[AnswerT]):
    """What a handler answers: the data of the envelope, and its message."""

    data: AnswerT
    message: str = OK


@dataclass(frozen=True, slots=True)
class Form:
    """fields: of the query and, before them, of the form itself. files: its parts named `file`."""

    fields: Mapping[str, str]
    files: Sequence[UploadFile]


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[RequestT, AnswerT]):
    """An endpoint as declared; the route and its part of /openapi.json are made from it.

    errors: what the handler may raise besides what every endpoint may. brings_files: a body may be as large as the
    files allowed in one. form: answers a multipart form, where one may come instead of JSON.
    """

    path: str
    summary: str
    request: type[RequestT]
    answer: type[AnswerT]
    handler: Callable[[Services, ProjectId, RequestT], Awaitable[Said[AnswerT]]]
    errors: tuple[type[MemosdError], ...] = ()
    brings_files: bool = False
    form: Callable[[Services, ProjectId, Form], Awaitable[Said[AnswerT]]] | None = None


class Turnstile:
    """Lets a limited number of requests in at the same time. Raises `Unavailable` for one more."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = 0

    def __enter__(self) -> None:
        if self._inside >= self._most:
            raise Unavailable(f"{self._most} requests are being served, the most that may be at once: try again")
        self._inside += 1

    def __exit__(self, *_: object) -> None:
        self._inside -= 1


class Walk(Generic[RequestT, AnswerT]):
    """An endpoint as an ASGI application. The errors it raises are translated by the application around it."""

    def __init__(
        self,
        endpoint: Endpoint[RequestT, AnswerT],
        services: Services,
        *,
        authenticator: Authenticator,
        turnstile: Turnstile,
        heavy: asyncio.Semaphore,
    ) -> None:
        self._endpoint = endpoint
        self._services = services
        self._authenticator = authenticator
        self._turnstile = turnstile
        self._envelope = envelope(endpoint.answer)
        self._heavy = heavy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._turnstile:
            response = await self._respond(scope, dict(scope["headers"]), receive)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> Response:
        project = await self._authenticator.project(headers.get(b"authorization"))
        if self._endpoint.form and _media_type(headers) == FORM:
            limit = self._services.limits.files_body
            async with read_form(scope, bounded(receive, headers, limit), self._services.limits.files) as form:
                said = await self._endpoint.form(self._services, project, form)
        else:
            _demand_json(headers, also=FORM if self._endpoint.form else None)
            said = await self._endpoint.handler(self._services, project, await self._request(headers, receive))
        body = self._envelope(message=said.message, data=said.data).model_dump_json()
        return Response(body, media_type="application/json")

    async def _request(self, headers: Mapping[bytes, bytes], receive: Receive) -> RequestT:
        limits = self._services.limits
        limit = limits.files_body if self._endpoint.brings_files else limits.body
        body = await _read(bounded(receive, headers, limit))
        if len(body) <= limits.body:
            return self._validated(body)
        async with self._heavy:  # its parts are in memory several times over
            return await asyncio.to_thread(self._validated, body)

    def _validated(self, body: bytes) -> RequestT:
        try:
            return self._endpoint.request.model_validate(parse_object(body), context=self._services.limits)
        except ValidationError as error:
            raise problem(error) from None


def _media_type(headers: Mapping[bytes, bytes]) -> bytes:
    """A request without a Content-Type is taken for JSON."""
    return headers.get(b"content-type", JSON).split(b";", 1)[0].strip().lower()


def _demand_json(headers: Mapping[bytes, bytes], *, also: bytes | None = None) -> None:
    if _media_type(headers) != JSON:
        other = f", or a form ({also.decode()})" if also else ""
        raise HTTPException(415, f"the body must be JSON: send 'Content-Type: application/json'{other}")


def bounded(receive: Receive, headers: Mapping[bytes, bytes], limit: int) -> Receive:
    """The body as it comes. Raises `TooLarge` as soon as it is known to be over the limit, without the rest."""
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


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


@asynccontextmanager
async def read_form(scope: Scope, receive: Receive, most: int) -> AsyncIterator[Form]:
    """A multipart form; large files of it lie on the disk. Raises `TooManyFiles`, or `Invalid` for a malformed one."""
    request = HttpRequest(scope, receive)
    try:
        form = await request.form(max_files=most, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD)
    except HTTPException as error:
        if error.detail.startswith("Too many files"):
            raise TooManyFiles(f"file: more than {most} files, the most that is allowed in one request") from None
        raise Invalid(f"the form cannot be read: {error.detail}") from None
    try:
        files = [part for part in form.getlist("file") if isinstance(part, UploadFile)]
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        yield Form({**dict(request.query_params), **fields}, files)
    finally:
        await form.close()


def _too_large(given: str, limit: int) -> TooLarge:
    return TooLarge(f"the body has {given} bytes, at most {limit} are allowed")
