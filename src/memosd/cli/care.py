"""`memosd doctor` and `memosd reindex`."""

import asyncio
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from memosd import upkeep
from memosd.ports.storage import Finding, Progress
from memosd.settings import Settings

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


@click.command()
@click.option("--compact", is_flag=True, help="First leave nothing of what was deleted in any file.")
@click.pass_obj
def doctor(settings: Settings, compact: bool) -> None:
    """Check the data directory, the indexes against the records, the model and the queue; exit 1 if all is not well.

    On a data directory the server must not be running; on a PostgreSQL database it may be.
    """
    if compact:
        _rebuild(settings, compact=True)
        click.echo("nothing of what was deleted is left")
    findings = asyncio.run(upkeep.doctor(settings))
    for finding in findings:
        click.echo(_line(finding))
        if not finding.well and finding.advice:
            click.echo(f"       what to do: {finding.advice}")
    if not all(finding.well for finding in findings):
        sys.exit(1)


def _line(finding: Finding) -> str:
    mark = click.style("  ok ", fg="green") if finding.well else click.style("wrong", fg="red")
    return f"{mark}  {finding.check}: {finding.detail}"


@click.command()
@click.pass_obj
def reindex(settings: Settings) -> None:
    """Build every index anew from the records. The server must not be running."""
    _rebuild(settings, compact=False)
    click.echo("every index has been built anew")


def _rebuild(settings: Settings, *, compact: bool) -> None:
    with ExitStack() as shown:
        bars: dict[str, ProgressBar[int]] = {}

        def show(progress: Progress) -> None:
            if progress.step not in bars:
                shown.close()
                bars[progress.step] = shown.enter_context(
                    click.progressbar(length=progress.total, label=progress.step or "records")
                )
            bars[progress.step].update(progress.done - bars[progress.step].pos)

        asyncio.run(upkeep.reindex(settings, show, compact=compact))
