"""The bundled embedder, loaded once for a test run; its graph stays in pytest's cache from run to run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memosd.providers.e5 import E5Embedder


@pytest.fixture(scope="session")
def graphs(pytestconfig: pytest.Config) -> Path:
    """The directory of built graphs."""
    cache = pytestconfig.cache
    assert cache is not None, "these tests need pytest's cache plugin"
    return cache.mkdir("e5")


@pytest.fixture(scope="session")
def e5(graphs: Path) -> Iterator[E5Embedder]:
    embedder = E5Embedder.open(graphs)
    yield embedder
    embedder.close()
