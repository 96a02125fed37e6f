"""What happens around every request: its id, its line in the log, and the answer when all else fails."""

import logging
import re
import time
import uuid

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memosd.http.errors import INTERNAL, refusal

REQUEST_ID = b"x-request-id"
CLIENT_LEFT = 499
_SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,100}")
_access = logging.getLogger("memosd.access")
_faults = logging.getLogger("memosd.faults")


class Edge:
    """ASGI middleware. Echoes a sane `X-Request-ID` or makes one, logs one line a request (never keys or content), and
    turns an unforeseen fault into a 500 that names the request and nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((REQUEST_ID, request_id))
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            status = CLIENT_LEFT
        except Exception:
            _faults.exception("unforeseen fault", extra={"request_id": request_id.decode()})
            if status:  # an answer was already under way: let the server break the connection off
                raise
            text = f"an internal fault, logged under the request id {request_id.decode()}"
            await refusal(INTERNAL.code, INTERNAL.status, text)(scope, receive, send_with_id)
        finally:
            if _access.isEnabledFor(logging.INFO):
                about = {
                    "request_id": request_id.decode(),
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "ms": round((time.perf_counter() - started) * 1000, 2),
                }
                _access.info("request", extra=about)


def _request_id(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == REQUEST_ID and _SANE_ID.fullmatch(value):
            return bytes(value)
    return uuid.uuid4().hex.encode()
