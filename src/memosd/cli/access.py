"""`memosd keys` and `memosd projects`: who may use the server. They work while a server runs, too."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import click

from memosd import upkeep
from memosd.domain.access import DEFAULT_PROJECT, ApiKey, Project, api_key, digest, new_secret
from memosd.domain.errors import NotFound
from memosd.domain.ids import KeyId, ProjectId, new_id
from memosd.settings import Settings

MAX_NAME = 100
MAX_DAYS = 36_500


@click.group()
def keys() -> None:
    """API keys. Each belongs to one project."""


@click.group()
def projects() -> None:
    """Projects. Nothing crosses from one to another."""


@keys.command("create")
@click.option("--project", default=DEFAULT_PROJECT, show_default=True, help="The project's name or id.")
@click.option("--name", default="", help="What the key is for.")
@click.option("--days", type=click.IntRange(1, MAX_DAYS), help="Days after which it expires; else never.")
@click.pass_obj
def create_key(settings: Settings, project: str, name: str, days: int | None) -> None:
    """Make a key and print it. It is shown this once: only its hash is kept."""

    async def run() -> str:
        async with upkeep.open_keys(settings) as store:
            owner = await upkeep.find_project(store, project)
            now, secret = datetime.now(UTC), new_secret()
            expires = now + timedelta(days=days) if days else None
            key = api_key(owner.id, secret, name=_name(name), created_at=now, expires_at=expires)
            await store.create_key(key, digest=digest(secret))
            return secret

    click.echo(asyncio.run(run()))


@keys.command("list")
@click.option("--project", help="Only those of this project: its name or id.")
@click.pass_obj
def list_keys(settings: Settings, project: str | None) -> None:
    """List the keys; of each only its last four characters are known."""

    async def run() -> tuple[list[ApiKey], dict[ProjectId, str]]:
        async with upkeep.open_keys(settings) as store:
            names = {each.id: each.name for each in await store.projects()}
            return await store.keys((await upkeep.find_project(store, project)).id if project else None), names

    found, names = asyncio.run(run())
    now = datetime.now(UTC)
    rows = [
        (key.id, names[key.project], "…" + key.hint, _state(key, now), _day(key.created_at), key.name) for key in found
    ]
    table(("id", "project", "key", "state", "created", "name"), rows)


@keys.command("revoke")
@click.argument("id")
@click.pass_obj
def revoke_key(settings: Settings, id: str) -> None:
    """Revoke the key with this id. A running server refuses it within a second."""

    async def run() -> None:
        async with upkeep.open_keys(settings) as store:
            if not await store.revoke_key(KeyId(id), at=datetime.now(UTC)):
                raise NotFound(f"there is no key with the id '{id}'; see `memosd keys list`")

    asyncio.run(run())
    click.echo(f"{id} is revoked")


@projects.command("create")
@click.argument("name")
@click.pass_obj
def create_project(settings: Settings, name: str) -> None:
    """Make a project and print its id."""
    project = Project(ProjectId(new_id("proj")), _name(name, required=True), datetime.now(UTC))

    async def run() -> None:
        async with upkeep.open_keys(settings) as store:
            await store.create_project(project)

    asyncio.run(run())
    click.echo(project.id)


@projects.command("list")
@click.pass_obj
def list_projects(settings: Settings) -> None:
    """List the projects."""

    async def run() -> list[Project]:
        async with upkeep.open_keys(settings) as store:
            return await store.projects()

    found = asyncio.run(run())
    table(("id", "created", "name"), [(each.id, _day(each.created_at), each.name) for each in found])


def _name(name: str, *, required: bool = False) -> str:
    if len(name) > MAX_NAME or not name.isprintable() or (required and not name.strip()):
        raise click.BadParameter(f"a name has 1 to {MAX_NAME} printable characters")
    return name


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if not key.usable(now):
        return "expired"
    return f"until {_day(key.expires_at)}" if key.expires_at else "active"


def _day(at: datetime) -> str:
    return at.date().isoformat()


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Columns two spaces apart, the last one as wide as it likes."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
