"""What is served without a key."""

import httpx

from memosd.ports.storage import Finding
from tests.wire.fakes import World


async def test_health(client: httpx.AsyncClient) -> None:
    response = await client.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response.headers["x-request-id"]


async def test_ready(client: httpx.AsyncClient) -> None:
    response = await client.get("/ready")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "findings": [{"check": "database", "well": True, "detail": "open", "advice": ""}],
    }


async def test_not_ready(client: httpx.AsyncClient, world: World) -> None:
    world.findings.append(Finding("embedder", False, "still loading", "wait"))
    response = await client.get("/ready")
    assert (response.status_code, response.json()["ready"]) == (503, False)
    assert [finding["well"] for finding in response.json()["findings"]] == [True, False]
