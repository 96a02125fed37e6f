"""The command line, over a key store in memory."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result

from memosd import bootstrap, upkeep
from memosd.cli import main
from memosd.domain.access import Project, digest
from memosd.domain.errors import StorageUnavailable
from memosd.domain.history import Action, Cause, CauseKind, Event
from memosd.domain.ids import ProjectId
from memosd.domain.usage import DayUsage, Purpose, Tokens
from memosd.ports.storage import Finding, KeyStore, Progress
from memosd.settings import Settings
from tests.wire.fakes import NOW, Keys

Run = Callable[..., Result]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Keys:
    store = Keys()
    store.by_digest.clear()
    store.made.append(Project(ProjectId("proj_1"), "default", NOW))

    @asynccontextmanager
    async def open_keys(_: Settings) -> AsyncIterator[KeyStore]:
        yield cast(KeyStore, store)

    monkeypatch.setattr(upkeep, "open_keys", open_keys)
    return store


@pytest.fixture
def run() -> Run:
    def run(*words: str, env: dict[str, str] | None = None) -> Result:
        return CliRunner().invoke(main, words, env=env)

    return run


def test_a_key_is_made_and_shown_once(keys: Keys, run: Run) -> None:
    made = run("keys", "create", "--name", "laptop", "--days", "30")
    secret = made.stdout.strip()
    assert re.fullmatch(r"mk_[A-Za-z0-9_-]{43}", secret)
    [key] = keys.by_digest.values()
    assert digest(secret) in keys.by_digest
    assert key.expires_at is not None
    assert (key.expires_at - key.created_at).days == 30
    listed = run("keys", "list").stdout
    assert secret not in listed
    for shown in (key.id, "default", "…" + secret[-4:], "until ", "laptop"):
        assert shown in listed


def test_two_keys_differ(keys: Keys, run: Run) -> None:
    assert run("keys", "create").stdout != run("keys", "create").stdout
    assert len(keys.by_digest) == 2


def test_a_key_is_revoked(keys: Keys, run: Run) -> None:
    run("keys", "create")
    [key] = keys.by_digest.values()
    assert run("keys", "revoke", key.id).exit_code == 0
    assert "revoked" in run("keys", "list", "--project", "default").stdout


def test_projects(keys: Keys, run: Run) -> None:
    made = run("projects", "create", "second").stdout.strip()
    listed = run("projects", "list").stdout
    assert made.startswith("proj_")
    assert made in listed
    assert "second" in listed
    assert run("keys", "create", "--project", made).exit_code == 0
    assert run("keys", "create", "--project", "second").exit_code == 0
    assert [key.project for key in keys.by_digest.values()] == [made, made]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("keys", "create", "--project", "nowhere"), "memosd: there is no project 'nowhere'"),
        (("keys", "revoke", "key_0"), "memosd: there is no key with the id 'key_0'"),
    ],
)
def test_expected_errors_are_one_line(keys: Keys, run: Run, words: tuple[str, ...], says: str) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert result.stderr.startswith(says)
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["", " ", "a\nb", "n" * 101])
def test_bad_names(keys: Keys, run: Run, name: str) -> None:
    assert run("projects", "create", name).exit_code == 2
    assert len(keys.made) == 1


def test_bad_settings_are_named(run: Run) -> None:
    result = run("keys", "list", env={"MEMOSD_PORT": "many"})
    assert result.exit_code == 2
    assert "MEMOSD_PORT" in result.stderr


def test_options_go_before_the_environment(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    served: list[Settings] = []
    monkeypatch.setattr(bootstrap, "serve", lambda settings, *, work: served.append(settings))
    run("serve", env={"MEMOSD_PORT": "9000", "MEMOSD_DATA_DIR": "there"})
    run("serve", "--port", "9001", "--data-dir", "here", "--host", "0.0.0.0", env={"MEMOSD_PORT": "9000"})
    run("--data-dir", "here", "serve")
    assert [(each.port, each.data_dir, each.host) for each in served] == [
        (9000, Path("there"), "127.0.0.1"),
        (9001, Path("here"), "0.0.0.0"),
        (8000, Path("here"), "127.0.0.1"),
    ]


def test_serve_says_why_it_cannot(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    def serve(_: Settings, *, work: bool) -> None:
        raise StorageUnavailable("the directory is read-only")

    monkeypatch.setattr(bootstrap, "serve", serve)
    result = run("serve")
    assert (result.exit_code, result.stderr) == (1, "memosd: the directory is read-only\n")


@pytest.mark.parametrize("words", [("worker",), ("serve", "--no-worker")])
def test_a_data_directory_is_not_shared(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert "MEMOSD_DATABASE_URL" in result.stderr


@pytest.mark.parametrize("command", ["doctor", "import", "reindex"])
def test_what_needs_the_server_stopped_says_so(run: Run, command: str) -> None:
    assert "server must not be running" in " ".join(run(command, "--help").stdout.split())


@pytest.mark.parametrize("well", [True, False])
def test_doctor(monkeypatch: pytest.MonkeyPatch, run: Run, well: bool) -> None:
    async def doctor(_: Settings) -> list[Finding]:
        return [Finding("database", True, "open"), Finding("text index", well, "10 rows", "run memosd reindex")]

    monkeypatch.setattr(upkeep, "doctor", doctor)
    result = run("doctor")
    assert result.exit_code == (0 if well else 1)
    assert "database: open" in result.stdout
    assert ("what to do: run memosd reindex" in result.stdout) == (not well)


@pytest.mark.parametrize(("command", "compacts"), [(("reindex",), False), (("doctor", "--compact"), True)])
def test_reindex(monkeypatch: pytest.MonkeyPatch, run: Run, command: tuple[str, ...], compacts: bool) -> None:
    compacted = []

    async def reindex(_: Settings, show: Callable[[Progress], Any], *, compact: bool) -> None:
        compacted.append(compact)
        for step in ("text", "vectors"):
            show(Progress(1, 2, step))
            show(Progress(2, 2, step))

    async def doctor(_: Settings) -> list[Finding]:
        return []

    monkeypatch.setattr(upkeep, "reindex", reindex)
    monkeypatch.setattr(upkeep, "doctor", doctor)
    result = run(*command)
    assert result.exit_code == 0
    assert compacted == [compacts]
    assert "text" in result.stdout
    assert "vectors" in result.stdout


def test_history(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    at = NOW
    made = Event("mem_1", Action.MADE, at, Cause(CauseKind.MESSAGE, "task_1"), after=1)
    gone = Event("mem_1", Action.RETIRED, at, Cause(CauseKind.KEY, "key_1"), 1, because="archived")

    async def history(_: Settings, project: str, memory: str) -> tuple[list[Event], dict[int, str]]:
        return ([made, gone], {1: "Ann rows."}) if (project, memory) == ("default", "mem_1") else ([], {})

    monkeypatch.setattr(upkeep, "history", history)
    result = run("history", "mem_1")
    assert result.exit_code == 0
    first, text, second = result.stdout.splitlines()
    assert "made" in first
    assert "message task_1" in first
    assert text.strip() == "Ann rows."
    assert "retired" in second
    assert "archived" in second
    assert run("history", "mem_2").exit_code == 1


def test_a_project_moves_from_one_directory_to_another(run: Run, tmp_path: Path) -> None:
    here, there, file = str(tmp_path / "here"), str(tmp_path / "there"), str(tmp_path / "project.jsonl")
    assert run("--data-dir", here, "projects", "create", "mine").exit_code == 0
    secret = run("--data-dir", here, "keys", "create", "--project", "mine").stdout.strip()
    assert run("--data-dir", here, "export", "--project", "mine", "--keys", file).exit_code == 0
    moved = run("--data-dir", there, "import", file)
    assert (moved.exit_code, moved.stdout) == (0, "1 project, 1 key records read\n")
    assert secret[-4:] in run("--data-dir", there, "keys", "list", "--project", "mine").stdout
    again = run("--data-dir", there, "import", file)
    assert (again.exit_code, again.stderr.split(": ")[0]) == (1, "memosd")
    assert "is already here" in again.stderr
    assert "there is no project" in run("--data-dir", here, "export", "--project", "yours").stderr


def test_an_archive_brings_no_key_of_another_project(run: Run, tmp_path: Path) -> None:
    here, there, file = str(tmp_path / "here"), str(tmp_path / "there"), tmp_path / "project.jsonl"
    run("--data-dir", there, "projects", "create", "theirs")
    theirs = run("--data-dir", there, "projects", "list").stdout.splitlines()[1].split()[0]
    run("--data-dir", here, "projects", "create", "mine")
    mine = run("--data-dir", here, "projects", "list").stdout.splitlines()[1].split()[0]
    secret = run("--data-dir", here, "keys", "create", "--project", "mine").stdout.strip()
    run("--data-dir", here, "export", "--project", "mine", "--keys", str(file))
    first, project, key, end = file.read_text().splitlines(keepends=True)
    file.write_text(first + project + key.replace(mine, theirs) + end)
    refused = run("--data-dir", there, "import", str(file))
    assert refused.exit_code == 1
    assert f"line 3 of the archive is wrong: it is of the project {theirs}" in refused.stderr
    assert secret[-4:] not in run("--data-dir", there, "keys", "list").stdout
    assert "mine" not in run("--data-dir", there, "projects", "list").stdout


def test_a_name_that_is_taken_can_be_changed(run: Run, tmp_path: Path) -> None:
    here, there, file = str(tmp_path / "here"), str(tmp_path / "there"), str(tmp_path / "project.jsonl")
    for directory in (here, there):
        run("--data-dir", directory, "projects", "create", "mine")
    run("--data-dir", here, "export", "--project", "mine", file)
    assert "another name with --as" in run("--data-dir", there, "import", file).stderr
    assert run("--data-dir", there, "import", "--as", "yours", file).exit_code == 0
    assert "yours" in run("--data-dir", there, "projects", "list").stdout


def test_usage_is_a_table_with_its_sum(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    spent = [
        DayUsage(ProjectId("proj_1"), NOW.date(), purpose, "tiny", Tokens(2, 1_500, 80))
        for purpose in (Purpose.CHAT, Purpose.EXTRACTION)
    ]

    async def usage(_: Settings, **asked: Any) -> tuple[list[DayUsage], dict[ProjectId, str]]:
        return ([] if asked["project"] == "idle" else spent), {ProjectId("proj_1"): "default"}

    monkeypatch.setattr(upkeep, "usage", usage)
    lines = run("usage", "--days", "7").output.splitlines()
    assert lines[1].split() == ["2025-09-12", "default", "chat", "tiny", "2", "1,500", "80"]
    assert lines[-1].split() == ["all", "4", "3,000", "160"]
    assert "no model was asked since" in run("usage", "--project", "idle").output
