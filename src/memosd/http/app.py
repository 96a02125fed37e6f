"""The application: what is served, and where."""

from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Lifespan

import memosd
from memosd.domain.errors import MemosdError
from memosd.http import completions
from memosd.http.auth import Authenticator
from memosd.http.edge import Edge
from memosd.http.endpoint import Endpoint, Turnstile, Walk
from memosd.http.errors import refuse, refuse_http
from memosd.http.openapi import describe
from memosd.http.routes.chat import CHAT
from memosd.http.routes.extraction import EXTRACT_MEMORY
from memosd.http.routes.health import health, readiness
from memosd.http.routes.memories import DELETE_MEMORY, GET_MEMORY, SEARCH_MEMORY
from memosd.http.routes.messages import ADD_MESSAGE, GET_MESSAGE
from memosd.http.routes.rerank import RERANK
from memosd.http.routes.tasks import GET_STATUS
from memosd.http.services import Services

PREFIX = "/api/openmem/v1"
ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (
    ADD_MESSAGE,
    GET_MESSAGE,
    SEARCH_MEMORY,
    GET_MEMORY,
    DELETE_MEMORY,
    GET_STATUS,
    CHAT,
    EXTRACT_MEMORY,
    RERANK,
)


def create_app(services: Services, *, lifespan: Lifespan[Starlette] | None = None) -> Starlette:
    authenticator = Authenticator(services.keys, services.clock)
    description = orjson.dumps(describe(ENDPOINTS, services.limits, prefix=PREFIX, version=memosd.__version__))

    turnstile = Turnstile(services.limits.at_once)

    def walk(endpoint: Endpoint[Any, Any]) -> Walk[Any, Any]:
        return Walk(endpoint, services, authenticator=authenticator, turnstile=turnstile)

    async def openapi(_: Request) -> Response:
        return Response(description, media_type="application/json")

    app = Starlette(
        routes=[
            *(Route(PREFIX + e.path, walk(e), methods=["POST"]) for e in ENDPOINTS),
            *completions.routes(services, authenticator, turnstile),
            Route("/health", health),
            Route("/ready", readiness(services.ready)),
            Route("/openapi.json", openapi),
        ],
        middleware=[Middleware(Edge)],
        exception_handlers={MemosdError: refuse, HTTPException: refuse_http},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a redirect has no envelope, and loses the body of a POST in many clients
    return app
