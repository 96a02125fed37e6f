"""The one table from what went wrong to the code and HTTP status that say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from memosd.domain import errors


@dataclass(frozen=True, slots=True)
class Verdict:
    code: int
    status: int


VERDICTS: Mapping[type[errors.MemosdError], Verdict] = {
    errors.MemosdError: Verdict(50002, 500),
    errors.Invalid: Verdict(40000, 400),
    errors.Missing: Verdict(40002, 400),
    errors.Empty: Verdict(40003, 400),
    errors.Unsupported: Verdict(40006, 400),
    errors.UserIdTooLong: Verdict(40010, 400),
    errors.ConversationIdTooLong: Verdict(40011, 400),
    errors.UnsupportedFile: Verdict(40007, 400),
    errors.IllegalBase64: Verdict(40008, 400),
    errors.MalformedBase64: Verdict(40009, 400),
    errors.TooManyFiles: Verdict(50103, 400),
    errors.Unreadable: Verdict(50107, 400),
    errors.Unauthorized: Verdict(40100, 401),
    errors.WrongKey: Verdict(40132, 401),
    errors.Forbidden: Verdict(40306, 403),
    errors.ForeignKnowledgeBase: Verdict(50123, 403),
    errors.NotFound: Verdict(40001, 404),
    errors.NoSuchTask: Verdict(50131, 404),
    errors.NoSuchMemory: Verdict(40307, 404),
    errors.NoSuchUser: Verdict(40308, 404),
    errors.NoSuchKnowledgeBase: Verdict(50120, 404),
    errors.TooManyTokens: Verdict(40305, 413),
    errors.TooLarge: Verdict(40305, 413),
    errors.FileTooLarge: Verdict(50104, 413),
    errors.FilesTooLarge: Verdict(50105, 413),
    errors.OverBudget: Verdict(40304, 429),
    errors.Outdated: Verdict(50002, 503),
    errors.ModelRefused: Verdict(50002, 500),
    errors.Unavailable: Verdict(50002, 503),
    errors.ModelUnavailable: Verdict(50002, 503),
    errors.NoModel: Verdict(50002, 503),
    errors.StorageUnavailable: Verdict(50004, 503),
    errors.SearchUnavailable: Verdict(50005, 503),
    errors.OfOtherRecords: Verdict(50005, 503),
}
INTERNAL = Verdict(50000, 500)
_HTTP_CODES: Mapping[int, int] = {404: 40001}
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Token"},
    413: {"Connection": "close"},  # the rest of the body is not read
    429: {"Retry-After": "3600"},  # a budget is a day's
    503: {"Retry-After": "1"},
}


def verdict(error: type[errors.MemosdError]) -> Verdict:
    """That of the class itself, else of the nearest class above it."""
    return next(VERDICTS[kind] for kind in error.__mro__ if kind in VERDICTS)


def refusal(code: int, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    body = orjson.dumps({"code": code, "message": message, "data": None})
    return Response(body, status, {**_HEADERS.get(status, {}), **(headers or {})}, media_type="application/json")


async def refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, errors.MemosdError)
    found = verdict(type(error))
    return refusal(found.code, found.status, str(error))


async def refuse_http(request: Request, error: Exception) -> Response:
    """What has no domain error: no such path, a method that the path does not have, a media type that is not JSON."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    message = error.detail
    if status == HTTPStatus.NOT_FOUND:
        message = f"there is no {request.url.path}; /openapi.json lists what there is"
    elif status == HTTPStatus.METHOD_NOT_ALLOWED and error.headers:
        message = f"{request.url.path} has only {error.headers['Allow']}, not {request.method}"
    return refusal(_HTTP_CODES.get(status, 40000), status, message, error.headers)
