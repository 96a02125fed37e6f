"""`memosd serve` and `memosd worker`."""

from pathlib import Path

import click

from memosd import bootstrap
from memosd.settings import Settings


@click.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Where everything is kept.")
@click.option("--worker/--no-worker", default=True, help="Run tasks, too; or leave them to other processes.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None, data_dir: Path | None, *, worker: bool) -> None:
    """Run the server until it is told to stop."""
    given = {"host": host, "port": port, "data_dir": data_dir}
    chosen = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    bootstrap.serve(chosen, work=worker)


@click.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Run tasks, and answer no requests, until told to stop: one of any number, on a PostgreSQL database."""
    bootstrap.work(settings)
