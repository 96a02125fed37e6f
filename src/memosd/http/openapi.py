"""/openapi.json, made from the endpoints that are really served and the limits really in force."""

from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

from memosd.domain.errors import Invalid, MemosdError, TooLarge, Unauthorized, Unavailable, WrongKey
from memosd.http.endpoint import Endpoint
from memosd.http.errors import INTERNAL, verdict
from memosd.wire.envelope import Refusal
from memosd.wire.limits import LIMIT_KEYWORD, Limits

REFERENCE = "#/components/schemas/{model}"
COMMON: tuple[type[MemosdError], ...] = (Invalid, Unauthorized, WrongKey, TooLarge, Unavailable)
"""What every endpoint may answer."""
JSON = "application/json"


def describe(endpoints: Sequence[Endpoint[Any, Any]], limits: Limits, *, prefix: str, version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the endpoints."""
    successes = {endpoint.path: endpoint.success for endpoint in endpoints}
    names, schemas = models_json_schema(
        [
            *((endpoint.request, "validation") for endpoint in endpoints),
            *((answer, "serialization") for answer in successes.values()),
            *((endpoint.events, "serialization") for endpoint in endpoints if endpoint.events),
            (Refusal, "serialization"),
        ],
        ref_template=REFERENCE,
    )
    _put_limits(schemas, limits)
    refused = names[Refusal, "serialization"]
    return {
        "openapi": "3.1.0",
        "info": {"title": "memosd", "version": version},
        "security": [{"TokenAuth": []}],
        "paths": {
            prefix + endpoint.path: {
                "post": {
                    "operationId": endpoint.path.strip("/").replace("/", "_"),
                    "summary": endpoint.summary,
                    "requestBody": {
                        "required": True,
                        "content": {JSON: {"schema": names[endpoint.request, "validation"]}},
                    },
                    "responses": {
                        "200": _response(
                            "It went well.",
                            names[successes[endpoint.path], "serialization"],
                            names[endpoint.events, "serialization"] if endpoint.events else None,
                        ),
                        **{
                            str(status): _response(f"Codes: {', '.join(map(str, codes))}.", refused)
                            for status, codes in _refusals(endpoint.errors).items()
                        },
                    },
                }
            }
            for endpoint in endpoints
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "TokenAuth": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "Token <API key>",
                }
            },
        },
    }


def _response(description: str, schema: dict[str, Any], event: dict[str, Any] | None = None) -> dict[str, Any]:
    """event: the form of the data of one server-sent event, where the answer may be a stream."""
    content = {JSON: {"schema": schema}}
    if event is not None:
        content["text/event-stream"] = {"schema": event}
    return {"description": description, "content": content}


def _refusals(errors: Sequence[type[MemosdError]]) -> dict[int, list[int]]:
    """HTTP status to codes, both in order. A class stands for all that is derived from it."""
    found: dict[int, set[int]] = {INTERNAL.status: {INTERNAL.code}, 415: {40000}}
    for error in (*COMMON, *errors):
        for kind in (error, *error.__subclasses__()):
            one = verdict(kind)
            found.setdefault(one.status, set()).add(one.code)
    return {status: sorted(found[status]) for status in sorted(found)}


def _put_limits(schema: Any, limits: Limits) -> None:
    """Put the limits in force in the place of the marked defaults."""
    if isinstance(schema, dict):
        if LIMIT_KEYWORD in schema:
            schema["maximum"] = getattr(limits, schema.pop(LIMIT_KEYWORD))
        for inner in schema.values():
            _put_limits(inner, limits)
    elif isinstance(schema, list):
        for inner in schema:
            _put_limits(inner, limits)
