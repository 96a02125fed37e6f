"""get/status: what a task took, and what did not go as it should."""

import pytest

from memosd.domain.tasks import State
from memosd.domain.usage import Purpose, Tokens, Usage
from tests.wire.conftest import Post
from tests.wire.fakes import NOW, OURS, TASK, THEIRS, World


async def test_what_models_took_for_a_task(post: Post, world: World) -> None:
    for project in (OURS, THEIRS):
        world.ledger.entries.append(Usage(project, Purpose.EXTRACTION, "tiny", Tokens(2, 700, 80), NOW, TASK))
    data = (await post("/get/status", {"task_id": TASK})).json()["data"]
    assert data == {"status": "completed", "usage": {"calls": 2, "input_tokens": 700, "output_tokens": 80}}


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("", "ok"),
        ("nothing worth keeping", "ok"),
        ("the extraction model was of no use (HTTP 500)", "the extraction model was of no use (HTTP 500)"),
    ],
)
async def test_a_finished_task_says_what_did_not_go_as_it_should(
    post: Post, world: World, reason: str, message: str
) -> None:
    world.tasks.state, world.tasks.reason = State.DONE, reason
    body = (await post("/get/status", {"task_id": TASK})).json()
    assert (body["data"]["status"], body["message"]) == ("completed", message)
