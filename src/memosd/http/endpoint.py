"""The one walk of a request: key, body, JSON, model, flow, envelope."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from memosd.domain.errors import MemosdError, TooLarge, Unavailable
from memosd.domain.ids import ProjectId
from memosd.http.auth import Authenticator
from memosd.http.services import Services
from memosd.http.streams import EventStream, unless_left
from memosd.wire.body import parse_object
from memosd.wire.envelope import OK, Answer, envelope
from memosd.wire.fields import Request
from memosd.wire.problems import problem

RequestT = TypeVar("RequestT", bound=Request)
AnswerT = TypeVar("AnswerT", bound=Answer)


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
    """

    path: str
    summary: str
    request: type[RequestT]
    answer: type[AnswerT]
    handler: Callable[[Services, ProjectId, RequestT], Awaitable["Said[AnswerT] | Streamed"]]
    errors: tuple[type[MemosdError], ...] = ()
    enveloped: bool = True
    events: type[Answer] | None = None

    @property
    def success(self) -> type[BaseModel]:
        """What is answered when all goes well."""
        return envelope(self.answer) if self.enveloped else self.answer


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
    ) -> None:
        self._endpoint = endpoint
        self._services = services
        self._authenticator = authenticator
        self._turnstile = turnstile
        self._success = endpoint.success

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._turnstile:
            response = await self._respond(dict(scope["headers"]), receive)
        await response(scope, receive, send)

    async def _respond(self, headers: Mapping[bytes, bytes], receive: Receive) -> Response | EventStream:
        project = await self._authenticator.project(headers.get(b"authorization"))
        demand_json(headers)
        value = parse_object(await read_body(receive, headers, limit=self._services.limits.body))
        try:
            request = self._endpoint.request.model_validate(value, context=self._services.limits)
        except ValidationError as error:
            raise problem(error) from None
        answering = self._endpoint.handler(self._services, project, request)
        said = await (unless_left(receive, answering) if self._endpoint.events else answering)
        if isinstance(said, Streamed):
            return EventStream(said.events)
        bare = not self._endpoint.enveloped
        answer = said.data if bare else self._success(message=said.message, data=said.data)
        return Response(answer.model_dump_json(), media_type="application/json")


def demand_json(headers: Mapping[bytes, bytes]) -> None:
    """A request without a Content-Type is taken for JSON."""
    media_type = headers.get(b"content-type", b"application/json").split(b";", 1)[0].strip().lower()
    if media_type != b"application/json":
        raise HTTPException(415, "the body must be JSON: send 'Content-Type: application/json'")


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], *, limit: int) -> bytes:
    """The body. Raises `TooLarge` as soon as it is known to be over the limit, without reading the rest."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(announced.decode(), limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(f"more than {limit}", limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _too_large(given: str, limit: int) -> TooLarge:
    return TooLarge(f"the body has {given} bytes, at most {limit} are allowed")
