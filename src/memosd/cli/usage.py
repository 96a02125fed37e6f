"""`memosd usage`: what language models took."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import click

from memosd import upkeep
from memosd.cli.access import table
from memosd.domain.ids import ProjectId
from memosd.domain.usage import DayUsage
from memosd.settings import Settings

MAX_DAYS = 3_650


@click.command()
@click.option("--days", type=click.IntRange(1, MAX_DAYS), default=30, show_default=True, help="How far to look back.")
@click.option("--project", help="Only this project: its name or id.")
@click.pass_obj
def usage(settings: Settings, days: int, project: str | None) -> None:
    """Tokens spent on models, by day, project, purpose and model. It works while a server runs, too."""
    since = datetime.now(UTC).date() - timedelta(days=days - 1)
    found, names = asyncio.run(upkeep.usage(settings, since=since, project=project))
    if not found:
        click.echo(f"no model was asked since {since.isoformat()}")
        return
    heads = ("day", "project", "purpose", "model", "calls", "input", "output")
    table(heads, [*(_row(each, names) for each in found), _sum(found)])


def _row(each: DayUsage, names: dict[ProjectId, str]) -> tuple[str, ...]:
    tokens = each.tokens
    name = names.get(each.project, each.project)
    return (
        each.day.isoformat(),
        name,
        each.purpose.value,
        each.model,
        *_numbers(tokens.calls, tokens.input, tokens.output),
    )


def _sum(found: Sequence[DayUsage]) -> tuple[str, ...]:
    columns = [(each.tokens.calls, each.tokens.input, each.tokens.output) for each in found]
    return ("all", "", "", "", *_numbers(*(sum(column) for column in zip(*columns, strict=True))))


def _numbers(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{number:,}" for number in numbers)
