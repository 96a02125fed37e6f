"""What every ledger must do."""

from datetime import date, timedelta

from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.usage import NO_TOKENS, DayUsage, Purpose, Tokens, Usage
from memosd.ports.ledger import Ledger
from tests.support.records import MORNING, OTHER_PROJECT, PROJECT

TASK = TaskId("task_1")
TODAY = MORNING.date()


def used(tokens: Tokens, *, project: ProjectId = PROJECT, task: TaskId | None = None, days: int = 0) -> Usage:
    purpose = Purpose.CHAT if task is None else Purpose.EXTRACTION
    return Usage(project, purpose, "tiny", tokens, MORNING + timedelta(days=days), task)


async def test_what_is_of_one_kind_is_summed(ledger: Ledger) -> None:
    for usage in (used(Tokens(1, 10, 2)), used(Tokens(2, 5, 1)), used(Tokens(1, 7, 7), task=TASK)):
        await ledger.add(usage)
    assert await ledger.by_day(since=TODAY) == [
        DayUsage(PROJECT, TODAY, Purpose.CHAT, "tiny", Tokens(3, 15, 3)),
        DayUsage(PROJECT, TODAY, Purpose.EXTRACTION, "tiny", Tokens(1, 7, 7)),
    ]
    assert await ledger.of_day(PROJECT, TODAY) == Tokens(4, 22, 10)


async def test_days_and_projects_are_kept_apart(ledger: Ledger) -> None:
    await ledger.add(used(Tokens(1, 1, 1), days=-1))
    await ledger.add(used(Tokens(1, 2, 2)))
    await ledger.add(used(Tokens(1, 4, 4), project=OTHER_PROJECT))
    assert await ledger.of_day(PROJECT, TODAY) == Tokens(1, 2, 2)
    assert await ledger.of_day(PROJECT, date(2000, 1, 1)) == NO_TOKENS
    assert [u.project for u in await ledger.by_day(since=TODAY)] == [PROJECT, OTHER_PROJECT]
    ours = await ledger.by_day(since=TODAY - timedelta(days=1), project=PROJECT)
    assert [u.day for u in ours] == [TODAY - timedelta(days=1), TODAY]


async def test_a_task_has_its_own_account(ledger: Ledger) -> None:
    await ledger.add(used(Tokens(1, 10, 2), task=TASK))
    await ledger.add(used(Tokens(1, 10, 2), task=TASK, days=1))
    await ledger.add(used(Tokens(1, 99, 9)))
    assert await ledger.of_task(PROJECT, TASK) == Tokens(2, 20, 4)
    assert await ledger.of_task(OTHER_PROJECT, TASK) == NO_TOKENS
    assert await ledger.of_task(PROJECT, TaskId("")) == NO_TOKENS
