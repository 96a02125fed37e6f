"""`memosd history`: what happened to a memory."""

import asyncio

import click

from memosd import upkeep
from memosd.domain.access import DEFAULT_PROJECT
from memosd.domain.history import Event
from memosd.settings import Settings


@click.command()
@click.argument("memory")
@click.option("--project", default=DEFAULT_PROJECT, show_default=True, help="The project's name or id.")
@click.option("--text/--no-text", default=True, help="With what the memory said after each change.")
@click.pass_obj
def history(settings: Settings, memory: str, project: str, text: bool) -> None:
    """Show every change of a memory, oldest first. A server may be running."""
    events, versions = asyncio.run(upkeep.history(settings, project, memory))
    if not events:
        raise click.ClickException(f"there is no memory '{memory}' in the project '{project}'")
    for event in events:
        click.echo(_line(event))
        if text and event.after in versions:
            click.echo("      " + versions[event.after].replace("\n", "\n      "))


def _line(event: Event) -> str:
    versions = f"{event.before or '-'} → {event.after or '-'}"
    cause = f"{event.cause.kind} {event.cause.id}".strip()
    why = f", {event.because}" if event.because else ""
    other = f", by {event.other}" if event.other else ""
    return f"{event.at:%Y-%m-%d %H:%M:%S}  {event.action:10}  version {versions}  ({cause}{why}{other})"
