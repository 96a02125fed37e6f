"""The settings: where they come from, what they refuse."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from memosd.settings import Settings
from memosd.wire.limits import Limits


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MEMOSD_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_the_contracts_limits_on_loopback() -> None:
    settings = Settings()
    assert settings.limits() == Limits()
    assert (settings.host, settings.port, settings.api_key) == ("127.0.0.1", 8000, None)


def test_every_limit_has_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Limits()
    for name in Settings.model_fields:
        if name.startswith("max_") or name == "sync_seconds":
            monkeypatch.setenv(f"MEMOSD_{name.upper()}", "999")
    with pytest.raises(ValidationError, match="max_body_bytes"):
        Settings()
    monkeypatch.setenv("MEMOSD_MAX_BODY_BYTES", "1001")
    after = Settings().limits()
    assert {name for name in Limits.__dataclass_fields__ if getattr(before, name) == getattr(after, name)} == set()


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOSD_PORT", "9000")
    monkeypatch.setenv("MEMOSD_API_KEY", "a-key-of-sixteen-or-more")
    monkeypatch.setenv("MEMOSD_LOG_LEVEL", "")
    settings = Settings()
    assert (settings.port, settings.log_level) == (9000, "info")
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "a-key-of-sixteen-or-more"
    assert "sixteen" not in repr(settings)


def test_the_password_of_the_graph_database_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOSD_GRAPH", "bolt://ann:secret@h:7687/d")
    settings = Settings()
    assert settings.graph.get_secret_value() == "bolt://ann:secret@h:7687/d"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize("value", ["kglite", "records", "bolt://h", "neo4j+s://h:1/d", "bolt+ssc://ann:b@h"])
def test_graphs(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MEMOSD_GRAPH", value)
    assert Settings().graph.get_secret_value() == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("PORT", "65536"), ("API_KEY", "short"), ("MAX_FACTS", "8"), ("LOG_LEVEL", "loud"), ("WORKERS", "0")],
        *[("GRAPH", "http://h"), ("GRAPH", "bolt://"), ("GRAPH", "kglite2")],
    ],
)
def test_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"MEMOSD_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_embedders_cache_is_in_the_data_directory_if_not_set() -> None:
    assert Settings(data_dir=Path("data")).embedder_cache == Path("data/cache")
    assert Settings(data_dir=Path("data"), cache_dir=Path("elsewhere")).embedder_cache == Path("elsewhere")


POSTGRES = "postgresql://127.0.0.1/memosd"


@pytest.mark.parametrize(
    ("name", "value"),
    [("VECTORS", "qdrant-edge"), ("VECTORS", "http://127.0.0.1:6333"), ("GRAPH", "kglite"), ("GRAPH", "bolt://h:1/d")],
)
def test_postgres_has_no_index_beside_it(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("MEMOSD_DATABASE_URL", POSTGRES)
    monkeypatch.setenv(f"MEMOSD_{name}", value)
    with pytest.raises(ValidationError, match=f"MEMOSD_{name} .* MEMOSD_DATABASE_URL"):
        Settings()


def test_postgres_with_its_own_indexes_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOSD_DATABASE_URL", POSTGRES)
    assert Settings().database_url is not None
    monkeypatch.setenv("MEMOSD_VECTORS", "exact")
    monkeypatch.setenv("MEMOSD_GRAPH", "records")
    assert Settings().database_url is not None
