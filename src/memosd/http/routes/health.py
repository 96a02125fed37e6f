"""/health (the process lives) and /ready (it can do its work). Neither needs a key; neither is in an envelope."""

from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response

from memosd.ports.storage import Finding

_ALIVE = b'{"status":"ok"}'


async def health(_: Request) -> Response:
    return Response(_ALIVE, media_type="application/json")


def readiness(ready: Callable[[], Awaitable[list[Finding]]]) -> Callable[[Request], Awaitable[Response]]:
    async def respond(_: Request) -> Response:
        findings = await ready()
        well = all(finding.well for finding in findings)
        body = orjson.dumps({"ready": well, "findings": findings})
        return Response(body, 200 if well else 503, media_type="application/json")

    return respond
