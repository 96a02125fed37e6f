"""Every setting, endpoint, command and error code stands in the documents."""

from pathlib import Path

from pydantic import SecretStr

from memosd.cli import main
from memosd.http.app import ENDPOINTS, LOOKUPS
from memosd.http.errors import VERDICTS
from memosd.settings import Settings

ROOT = Path(__file__).parents[2]
API, SETTINGS = (ROOT / "docs" / name for name in ("api.md", "settings.md"))
READMES = (ROOT / "README.md", ROOT / "README.zh.md")


def test_every_setting_is_documented_with_its_default() -> None:
    text = SETTINGS.read_text("utf-8")
    for name, field in Settings.model_fields.items():
        shown = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        default = "–" if shown is None else f"`{shown}`"
        assert f"| `MEMOSD_{name.upper()}` | {default} | {field.description} |" in text


def test_every_endpoint_is_documented() -> None:
    for path in (API, *READMES):
        text = path.read_text("utf-8")
        for endpoint in ENDPOINTS:
            assert f"`{endpoint.path.lstrip('/')}`" in text, f"{endpoint.path} in {path.name}"


def test_what_is_read_by_get_is_documented_as_that() -> None:
    for path in (API, *READMES):
        text = path.read_text("utf-8")
        for endpoint in LOOKUPS:
            assert f"`GET {endpoint.path.lstrip('/')}`" in text, f"{endpoint.path} in {path.name}"


def test_every_error_code_is_documented() -> None:
    text = API.read_text("utf-8")
    for verdict in VERDICTS.values():
        assert str(verdict.code) in text


def test_every_command_is_documented_in_both_languages() -> None:
    for path in READMES:
        for command in main.commands:
            assert f"`memosd {command}" in path.read_text("utf-8")


def test_the_readmes_fit_two_screens_and_say_the_same() -> None:
    lengths = [len(path.read_text("utf-8").splitlines()) for path in READMES]
    assert max(lengths) < 150
    headings = [sum(line.startswith("#") for line in p.read_text("utf-8").splitlines()) for p in READMES]
    assert headings[0] == headings[1]
