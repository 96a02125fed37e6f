"""/openapi.json tells the truth, and what is served keeps the contract."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from memosd.http.app import ENDPOINTS, LOOKUPS, PREFIX, create_app
from memosd.http.openapi import describe
from memosd.wire.limits import Limits
from tests.wire.fakes import OUR_KEY, World
from tests.wire.test_golden import GOLDEN

SUCCESSES = {name: golden for name, golden in GOLDEN.items() if golden["status"] == 200}
CONTRACT = Path(__file__).parents[3] / "shared" / "contract" / "openapi.en.json"
served = schemathesis.openapi.from_asgi("/openapi.json", create_app(World().services()))


@served.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_random_requests(case: Any) -> None:
    """A random request is answered as described: never by a 5xx, and an illegal one never by a 200."""
    case.call_and_validate(
        headers={"Authorization": f"Token {OUR_KEY}"},
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
            negative_data_rejection,
        ],
    )


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": document["components"]})


def schemas(document: dict[str, Any], path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a path's request and of its answer when all goes well."""
    operation = document["paths"][path]["post"]
    request = operation["requestBody"]["content"]["application/json"]["schema"]
    return request, operation["responses"]["200"]["content"]["application/json"]["schema"]


async def test_it_describes_exactly_what_is_served(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == {PREFIX + endpoint.path for endpoint in (*ENDPOINTS, *LOOKUPS)}
    assert document["openapi"] == "3.1.0"
    Draft202012Validator.check_schema({"$defs": document["components"]["schemas"]})
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])


def test_it_states_the_limits_in_force() -> None:
    document = describe(ENDPOINTS, Limits(facts=40), prefix="", version="1")
    fields = document["components"]["schemas"]["SearchMemoryRequest"]["properties"]
    assert fields["memory_limit_number"]["anyOf"][0]["maximum"] == 40
    assert fields["preference_limit_number"]["anyOf"][0]["maximum"] == 25
    assert "x-limit" not in json.dumps(document)


@pytest.mark.parametrize("golden", SUCCESSES.values(), ids=SUCCESSES)
def test_golden_answers_fit_what_is_served(golden: dict[str, Any]) -> None:
    document = describe(ENDPOINTS, Limits(), prefix="", version="1")
    request, response = schemas(document, golden["path"])
    validator(document, request).validate(golden["request"])
    validator(document, response).validate(golden["response"])


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    if not CONTRACT.exists():
        pytest.skip("the contract's specification is not beside this checkout")
    document: dict[str, Any] = json.loads(CONTRACT.read_text("utf-8"))
    return document


BESIDE = {"/update/memory"}
"""Endpoints that the specification does not have: the hosted service has added them since."""
OF_CONTRACT = [endpoint for endpoint in ENDPOINTS if endpoint.path not in BESIDE]


@pytest.mark.parametrize(
    "golden", [pytest.param(g, id=name) for name, g in SUCCESSES.items() if g["path"] not in BESIDE]
)
def test_golden_answers_fit_the_contract(golden: dict[str, Any], contract: dict[str, Any]) -> None:
    request, response = schemas(contract, golden["path"])
    validator(contract, request).validate(golden["request"])
    validator(contract, response).validate(golden["response"])


def test_no_field_of_the_contract_is_missing(contract: dict[str, Any]) -> None:
    ours = describe(ENDPOINTS, Limits(), prefix="", version="1")
    for endpoint in OF_CONTRACT:
        for theirs, own in zip(schemas(contract, endpoint.path), schemas(ours, endpoint.path), strict=True):
            missing = fields(contract, theirs) - fields(ours, own)
            assert not missing, endpoint.path


def fields(document: dict[str, Any], schema: dict[str, Any], path: str = "") -> set[str]:
    """The dotted paths of all fields under a schema."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    found: set[str] = set()
    for name, inner in schema.get("properties", {}).items():
        here = f"{path}.{name}".strip(".")
        found |= {here} | fields(document, inner, here)
    for inner in [
        *schema.get("anyOf", ()),
        *schema.get("oneOf", ()),
        *([schema["items"]] if "items" in schema else ()),
    ]:
        found |= fields(document, inner, path)
    if isinstance(schema.get("additionalProperties"), dict):
        found |= fields(document, schema["additionalProperties"], path)
    return found


def test_no_default_of_the_contract_is_missing(contract: dict[str, Any]) -> None:
    ours = describe(ENDPOINTS, Limits(), prefix="", version="1")
    for endpoint in OF_CONTRACT:
        for name, theirs in properties(contract, schemas(contract, endpoint.path)[0]).items():
            # An empty list goes without saying, and each server has models of its own.
            if theirs.get("default", []) != [] and name != "model_name":
                own = properties(ours, schemas(ours, endpoint.path)[0])[name]
                assert own["default"] == theirs["default"], (endpoint.path, name)


def test_what_every_answer_has_is_required(contract: dict[str, Any]) -> None:
    ours = describe(ENDPOINTS, Limits(), prefix="", version="1")
    for endpoint in OF_CONTRACT:
        theirs, own = (resolved(d, schemas(d, endpoint.path)[1]).get("required", []) for d in (contract, ours))
        assert set(theirs) <= set(own), endpoint.path
    assert set(ours["components"]["schemas"]["Refusal"]["required"]) == {"code", "message", "data"}


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def properties(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = resolved(document, schema)["properties"]
    return found


def test_the_contracts_examples_are_good_requests(contract: dict[str, Any]) -> None:
    checked = 0
    for endpoint in OF_CONTRACT:
        content = contract["paths"][endpoint.path]["post"]["requestBody"]["content"]["application/json"]
        if "example" in content:
            endpoint.request.model_validate(content["example"])
            checked += 1
    assert checked >= 3
