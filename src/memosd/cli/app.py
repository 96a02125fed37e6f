"""The command group, and what all commands share: the settings, the data directory, how an error is told."""

import sys
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

import memosd
from memosd.cli.access import keys, projects
from memosd.cli.care import doctor, reindex
from memosd.cli.history import history
from memosd.cli.move import export, import_
from memosd.cli.search import search
from memosd.cli.serve import serve, worker
from memosd.cli.usage import usage
from memosd.domain.errors import MemosdError
from memosd.settings import Settings


class Commands(click.Group):
    """A group whose expected errors are one line on standard error and exit status 1, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MemosdError as error:
            click.echo(f"memosd: {error}", err=True)
            sys.exit(1)


@click.group(cls=Commands)
@click.version_option(memosd.__version__, prog_name="memosd")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Where everything is kept.")
@click.pass_context
def main(ctx: click.Context, data_dir: Path | None) -> None:
    """The self-hosted memory server for AI applications.

    Every setting can also be given as an environment variable MEMOSD_…; an option goes before it.
    """
    try:
        ctx.obj = Settings()
    except ValidationError as error:
        wrong = [": ".join((*_setting(e["loc"]), e["msg"].removeprefix("Value error, "))) for e in error.errors()]
        raise click.UsageError("\n".join(wrong)) from None
    if data_dir is not None:
        ctx.obj = ctx.obj.model_copy(update={"data_dir": data_dir})


def _setting(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The variable that a problem lies in, if it lies in one."""
    return (f"MEMOSD_{'_'.join(map(str, location)).upper()}",) if location else ()


for command in (serve, worker, search, history, keys, projects, export, import_, doctor, reindex, usage):
    main.add_command(command)
