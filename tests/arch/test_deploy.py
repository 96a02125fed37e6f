"""Deployment files, checked by what needs no container engine: hadolint, the YAML itself, and what the program knows.

That the image can be built and the services start is not shown here.
"""

import configparser
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from memosd.cli import main
from memosd.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml", ROOT / "deploy" / "docker-compose.postgres.yml")
VARIABLES = {f"MEMOSD_{name.upper()}" for name in Settings.model_fields}


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    checked = subprocess.run((hadolint, ROOT / "Dockerfile"), capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_image_runs_as_nobody_special_and_watches_its_health() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    assert set(re.findall(r"MEMOSD_\w+", text)) <= VARIABLES


def test_the_image_is_given_all_that_it_copies() -> None:
    kept = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE):
        for source in line.split():
            assert f"!{source}" in kept
            assert (ROOT / source).exists()


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_compose_files_are_whole(path: Path) -> None:
    compose = _read(path)
    known = {"services", "volumes", "configs"}
    assert set(compose) <= known | {key for key in compose if key.startswith("x-")}
    for name, service in compose["services"].items():
        assert ("image" in service) or ("build" in service), name
        if "build" in service:
            assert (path.parent / service["build"] / "Dockerfile").is_file()
        for volume in service.get("volumes", ()):
            assert volume.split(":")[0] in compose["volumes"]
        for config in service.get("configs", ()):
            assert config["source"] in compose["configs"]
        for other in service.get("depends_on", ()):
            assert other in compose["services"]
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), "what is open to the world is for the operator to say"
        for variable in service.get("environment", {}):
            assert variable in VARIABLES or variable.startswith("POSTGRES_")


def test_two_servers_and_two_workers_share_a_database() -> None:
    compose = _read(COMPOSE[1])
    ours = {name: service for name, service in compose["services"].items() if service["image"] == "memosd"}
    commands = [" ".join(service["command"]) for service in ours.values()]
    assert sorted(commands) == ["serve --no-worker"] * 2 + ["worker"] * 2
    assert {command.split()[0] for command in commands} <= set(main.commands)
    for service in ours.values():
        assert service["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert "MEMOSD_DATABASE_URL" in service["environment"]
    behind = set(re.findall(r"([\w-]+):8000", compose["configs"]["proxy"]["content"]))
    assert behind == {name for name, service in ours.items() if service["command"][0] == "serve"}


def test_the_unit_starts_what_there_is() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(ROOT / "deploy" / "memosd.service", "utf-8")
    assert unit["Service"]["ExecStart"].split()[1] in main.commands
    variable, place = unit["Service"]["Environment"].split("=")
    assert variable in VARIABLES
    assert place == f"/var/lib/{unit['Service']['StateDirectory']}"
