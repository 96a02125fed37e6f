"""`memosd export` and `memosd import`: a project as a file, and back into any engine."""

import asyncio
from typing import BinaryIO

import click

from memosd import upkeep
from memosd.domain.access import DEFAULT_PROJECT
from memosd.ports.archive import Parts
from memosd.settings import Settings


@click.command("export")
@click.option("--project", default=DEFAULT_PROJECT, show_default=True, help="The project's name or id.")
@click.option("--embeddings/--no-embeddings", default=True, help="With the vectors; they are most of the bytes.")
@click.option("--contents/--no-contents", default=True, help="With the contents of files.")
@click.option("--keys", is_flag=True, help="With the hashes of the API keys, so that they go on being good.")
@click.argument("file", type=click.File("wb"), default="-")
@click.pass_obj
def export(settings: Settings, project: str, embeddings: bool, contents: bool, keys: bool, file: BinaryIO) -> None:
    """Write everything of a project to FILE (or standard output) as JSON Lines. A server may be running."""
    parts = Parts(embeddings=embeddings, contents=contents, keys=keys)
    asyncio.run(upkeep.export_project(settings, project, parts, file.write))


@click.command("import")
@click.option("--as", "name", help="Another name for the project; its id and all others stay as they are.")
@click.argument("file", type=click.File("rb"), default="-")
@click.pass_obj
def import_(settings: Settings, name: str | None, file: BinaryIO) -> None:
    """Read a project that `memosd export` wrote, from FILE or standard input. The server must not be running.

    The project can be used once all is read. After an interruption do it again: what is there is passed over.
    """
    counts = asyncio.run(upkeep.import_project(settings, file, name=name))
    click.echo(", ".join(f"{count} {kind}" for kind, count in counts.items()) + " records read")
