"""The OpenAI-compatible door, /v1/chat/completions and /v1/models: any client of that API begins to remember."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, aclosing

import orjson
from pydantic import ValidationError
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from memosd.domain.errors import MemosdError, TooManyTokens
from memosd.domain.ids import ProjectId, new_id
from memosd.flows.chat import Answered, Question
from memosd.http.auth import Authenticator
from memosd.http.bodies import demand_json, read_body
from memosd.http.endpoint import Turnstile
from memosd.http.errors import verdict
from memosd.http.services import Services
from memosd.http.streams import EventStream, unless_left
from memosd.language.tokens import exceeds
from memosd.ports.models import Piece
from memosd.wire import completions as wire
from memosd.wire.body import parse_object
from memosd.wire.completions import CompletionRequest
from memosd.wire.problems import problem

COMPLETIONS, MODELS = "/v1/chat/completions", "/v1/models"


def routes(services: Services, authenticator: Authenticator, turnstile: Turnstile) -> list[Route]:
    completions = Completions(services, authenticator, turnstile)
    listing = ModelList(services, authenticator)
    return [Route(COMPLETIONS, completions, methods=["POST"]), Route(MODELS, listing, methods=["GET"])]


class Completions:
    """An ASGI application. Its errors have OpenAI's form."""

    def __init__(self, services: Services, authenticator: Authenticator, turnstile: Turnstile) -> None:
        self._services = services
        self._authenticator = authenticator
        self._turnstile = turnstile

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response: ASGIApp
        with ExitStack() as inside:
            try:
                inside.enter_context(self._turnstile)
                response = await self._respond(dict(scope["headers"]), receive)
            except MemosdError as error:
                response = _refusal(error)
            await response(scope, receive, send)

    async def _respond(self, headers: Mapping[bytes, bytes], receive: Receive) -> ASGIApp:
        services = self._services
        project = await self._authenticator.project(headers.get(b"authorization"))
        demand_json(headers)
        value = parse_object(await read_body(receive, headers, limit=services.limits.body))
        try:
            request = CompletionRequest.model_validate(value, context=services.limits)
        except ValidationError as error:
            raise problem(error) from None
        answer = services.chat(self._question(request, project, headers))
        return await unless_left(receive, self._answer(request, answer))

    def _question(self, request: CompletionRequest, project: ProjectId, headers: Mapping[bytes, bytes]) -> Question:
        services = self._services
        limit, texts = services.limits.chat_tokens, [request.question, request.system_prompt or ""]
        if (tokens := exceeds(texts, limit, count=services.count_tokens)) is not None:
            raise TooManyTokens(f"messages: {tokens} tokens in the question, at most {limit} are allowed")
        user, conversation = request.whose(headers), request.which(headers)
        return Question(
            request.to_query(project, user=user, conversation=conversation),
            services.chat.models.named(request.model),
            request.batch(project, user=user, conversation=conversation, at=services.clock()),
            system_prompt=request.system_prompt,
            conversation=request.conversation,
            max_tokens=request.max_completion_tokens or request.max_tokens,
            temperature=request.temperature,
            top_p=request.top_p,
        )

    async def _answer(self, request: CompletionRequest, answer: AsyncGenerator[Piece | Answered]) -> ASGIApp:
        name, at = new_id("chatcmpl"), self._services.clock()
        if request.stream:
            first = await anext(answer)  # what fails before it still has a status of its own
            return EventStream(self._events(request, name, first, answer))
        said: list[str] = []
        end = Answered()
        async for piece in answer:
            if isinstance(piece, Answered):
                end = piece
            elif not piece.reasoning:
                said.append(piece.text)
        body = wire.completion(name, request.model, "".join(said), at=at, tokens=end.tokens, truncated=end.truncated)
        return Response(body, media_type="application/json")

    async def _events(
        self, request: CompletionRequest, id: str, first: Piece | Answered, answer: AsyncGenerator[Piece | Answered]
    ) -> AsyncGenerator[bytes]:
        model, at = request.model, self._services.clock()
        end = Answered()
        async with aclosing(answer):
            try:
                piece: Piece | Answered | None = first
                while piece is not None:
                    if isinstance(piece, Answered):
                        end = piece
                    else:
                        yield wire.chunk(id, model, at=at, text=piece.text, reasoning=piece.reasoning)
                    piece = await anext(answer, None)
            except MemosdError as error:
                found = verdict(type(error))
                yield wire.error_event(found.status, found.code, str(error))
                return
        yield wire.chunk(id, model, at=at, ends=end.truncated)
        if request.stream_options and request.stream_options.include_usage:
            yield wire.usage_chunk(id, model, at=at, tokens=end.tokens)
        yield wire.DONE


class ModelList:
    """An ASGI application: the names that a request may give as `model`."""

    def __init__(self, services: Services, authenticator: Authenticator) -> None:
        self._services = services
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._authenticator.project(dict(scope["headers"]).get(b"authorization"))
            names = sorted(self._services.chat.models.by_name)
            response = Response(wire.models(names, at=self._services.clock()), media_type="application/json")
        except MemosdError as error:
            response = _refusal(error)
        await response(scope, receive, send)


def _refusal(error: MemosdError) -> Response:
    found = verdict(type(error))
    body = orjson.dumps(wire.error(found.status, found.code, str(error)))
    return Response(body, found.status, media_type="application/json")
