"""Requests and answers written down word for word, one file each: what a client sees must not change unnoticed."""

import json
from pathlib import Path
from typing import Any

import pytest

from memosd.http.app import ENDPOINTS
from tests.wire.conftest import Post

GOLDEN = {
    file.stem: json.loads(file.read_text("utf-8")) for file in sorted((Path(__file__).parent / "golden").glob("*.json"))
}


@pytest.mark.parametrize("golden", GOLDEN.values(), ids=GOLDEN)
async def test_golden(post: Post, golden: dict[str, Any]) -> None:
    response = await post(golden["path"], golden["request"])
    assert response.status_code == golden["status"]
    assert {**response.json(), **_any(golden["response"])} == golden["response"]


def _any(written: dict[str, Any]) -> dict[str, Any]:
    """What is not the same each time."""
    return {name: value for name, value in written.items() if value == "<any>"}


def test_every_endpoint_has_a_golden_success_and_a_golden_error() -> None:
    seen = {(golden["path"], golden["status"] == 200) for golden in GOLDEN.values()}
    assert seen == {(endpoint.path, well) for endpoint in ENDPOINTS for well in (True, False)}
