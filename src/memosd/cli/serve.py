"""`memosd serve`."""

from pathlib import Path

import click

from memosd import bootstrap
from memosd.settings import Settings


@click.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Where everything is kept.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Run the server until it is told to stop."""
    given = {"host": host, "port": port, "data_dir": data_dir}
    bootstrap.serve(settings.model_copy(update={name: value for name, value in given.items() if value is not None}))
