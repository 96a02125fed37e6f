"""The one walk of a request: key, body, JSON, model, flow, envelope."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from memosd.domain.errors import MemosdError, Unavailable
from memosd.domain.ids import ProjectId
from memosd.http.auth import Authenticator
from memosd.http.bodies import FORM, Form, demand_json, media_type, read_form, spooled_body
from memosd.http.services import Services
from memosd.http.streams import EventStream, unless_left
from memosd.wire.body import parse_object
from memosd.wire.envelope import OK, Answer, envelope
from memosd.wire.fields import Request
from memosd.wire.problems import problem

HEAVY_AT_ONCE = 2
"""Requests with large files whose JSON is in memory at the same time; the others wait on the disk."""

RequestT = TypeVar("RequestT", bound=Request)
AnswerT = TypeVar("AnswerT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Said(Generic[AnswerT]):
    """What a handler answers: the data of the envelope, and its message."""

    data: AnswerT
    message: str = OK


@dataclass(frozen=True, slots=True)
class Streamed:
    """What a handler answers in server-sent events."""

    events: AsyncGenerator[bytes]


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[RequestT, AnswerT]):
    """An endpoint as declared; the route and its part of /openapi.json are made from it.

    errors: what the handler may raise besides what every endpoint may. enveloped: False for an answer that has a form
    of its own. events: the form of one event, if it may answer by a stream; its work ends when the client leaves.
    brings_files: a body may be as large as the files allowed in one. form: answers a multipart form, where one may come
    instead of JSON.
    A GET has its request in its path, and no body.
    """

    path: str
    summary: str
    request: type[RequestT]
    answer: type[AnswerT]
    handler: Callable[[Services, ProjectId, RequestT], Awaitable["Said[AnswerT] | Streamed"]]
    errors: tuple[type[MemosdError], ...] = ()
    enveloped: bool = True
    events: type[Answer] | None = None
    brings_files: bool = False
    form: Callable[[Services, ProjectId, Form], Awaitable[Said[AnswerT]]] | None = None
    method: Literal["GET", "POST"] = "POST"

    @property
    def success(self) -> type[BaseModel]:
        """What is answered when all goes well."""
        return envelope(self.answer) if self.enveloped else self.answer


class Turnstile:
    """Lets a limited number of requests in at the same time, until their answers are sent. Raises `Unavailable` for one
    more."""

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
        self._success = endpoint.success
        self._heavy = heavy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._turnstile:
            response = await self._respond(scope, dict(scope["headers"]), receive)
            await response(scope, receive, send)

    async def _respond(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> Response | EventStream:
        project = await self._authenticator.project(headers.get(b"authorization"))
        limits, by_form = self._services.limits, self._endpoint.form
        said: Said[AnswerT] | Streamed
        if by_form is not None and media_type(headers) == FORM:
            async with read_form(scope, receive, headers, limit=limits.files_body, files=limits.files) as form:
                said = await by_form(self._services, project, form)
        else:
            async with self._request(scope, headers, receive) as request:
                answering = self._endpoint.handler(self._services, project, request)
                said = await (unless_left(receive, answering) if self._endpoint.events else answering)
        if isinstance(said, Streamed):
            return EventStream(said.events)
        bare = not self._endpoint.enveloped
        answer = said.data if bare else self._success(message=said.message, data=said.data)
        return Response(answer.model_dump_json(), media_type="application/json")

    @asynccontextmanager
    async def _request(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> AsyncIterator[RequestT]:
        """A large one is in memory, several times over, until it is answered: only some are at the same time. None of
        them waits for its client then."""
        if self._endpoint.method == "GET":
            yield self._validated(scope["path_params"])
            return
        demand_json(headers, or_form=self._endpoint.form is not None)
        limits = self._services.limits
        limit = limits.files_body if self._endpoint.brings_files else limits.body
        async with spooled_body(receive, headers, limit=limit, memory=limits.body) as body:
            if body.tell() <= limits.body:
                yield self._read(body)
                return
            async with self._heavy:
                yield await asyncio.to_thread(self._read, body)

    def _read(self, body: IO[bytes]) -> RequestT:
        body.seek(0)
        return self._validated(parse_object(body.read()))

    def _validated(self, value: Mapping[str, Any]) -> RequestT:
        try:
            return self._endpoint.request.model_validate(value, context=self._services.limits)
        except ValidationError as error:
            raise problem(error) from None
