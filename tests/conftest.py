"""Servers that are started once for a test run."""

import asyncio
from collections.abc import Iterator

import pytest

from harness.postgres import Postgres, postgres
from tests.support.engines import Places, make_template


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def places(postgres_server: Postgres) -> Places:
    asyncio.run(make_template(postgres_server))
    return Places(postgres_server)
