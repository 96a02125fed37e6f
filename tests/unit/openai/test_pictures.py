"""A picture shown to a model that sees: what is asked, what is paid, and every way in which it can fail."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memosd.domain.errors import ModelRefused, ModelUnavailable, OverBudget
from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.usage import Purpose
from memosd.extraction.by_model.pictures import LARGEST, PictureReader, ask
from memosd.language.tokens import count_tokens
from memosd.ports.ledger import Ledger
from memosd.ports.models import Picture
from memosd.providers.openai import Connection, OpenAIChat
from tests.support.model_server import Breaks, ModelServer, Never, Raw, Says, Status, Step
from tests.unit.openai.conftest import MemoryLedger

GOLDEN = Path(__file__).parents[1] / "extraction" / "golden"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
PROJECT, TASK = ProjectId("p"), TaskId("task_1")
NOW = datetime(2025, 6, 18, tzinfo=UTC)


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


def reader(connection: Connection, ledger: Ledger, *, budget: int = 0) -> PictureReader:
    return PictureReader(OpenAIChat(connection, "eyes", count_tokens=count_tokens), ledger, lambda: NOW, budget)


async def test_a_picture_is_described(server: ModelServer, connection: Connection, ledger: MemoryLedger) -> None:
    server.script = [Says(" A red door. ", thought="Let me look.", usage=(500, 12))]
    describe = reader(connection, ledger)
    assert await describe(PNG, said="our new door", project=PROJECT, task=TASK) == "A red door."
    [asked] = server.asked
    text, shown = asked["messages"][1]["content"]
    assert "our new door" in text["text"]
    assert shown["image_url"]["url"] == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    [usage] = ledger.used
    assert (usage.purpose, usage.model, usage.tokens.input, usage.tokens.output) == (Purpose.VISION, "eyes", 500, 12)
    assert (usage.project, usage.task) == (PROJECT, TASK)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Status(500), ModelUnavailable),
        (Status(401), ModelRefused),
        (Status(400, "this model sees nothing"), ModelRefused),
        (Never(), ModelUnavailable),
        (Raw("{}"), ModelUnavailable),
        (Breaks("A red"), ModelUnavailable),
        (Says("   "), ModelUnavailable),
        (Says("", thought="I see a red door."), ModelUnavailable),
    ],
)
async def test_a_model_that_fails(
    server: ModelServer, connection: Connection, ledger: MemoryLedger, step: Step, error: type[Exception]
) -> None:
    server.default = step
    connection.timeout = 0.2
    with pytest.raises(error):
        await reader(connection, ledger)(PNG, said="", project=PROJECT, task=TASK)


async def test_a_description_that_breaks_off_is_paid_for(
    server: ModelServer, connection: Connection, ledger: MemoryLedger
) -> None:
    server.default = Breaks("A red")
    with pytest.raises(ModelUnavailable, match="broke the answer off"):
        await reader(connection, ledger)(PNG, said="", project=PROJECT, task=TASK)
    [usage] = ledger.used
    assert (usage.purpose, usage.tokens.calls, usage.tokens.output) == (Purpose.VISION, 1, count_tokens("A red"))
    assert usage.tokens.input > 0


@pytest.mark.parametrize(
    ("picture", "named"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(9), "image/jpeg"),
        (b"GIF89a" + bytes(9), "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    ],
)
async def test_formats_that_models_know(
    server: ModelServer, connection: Connection, ledger: MemoryLedger, picture: bytes, named: str
) -> None:
    await reader(connection, ledger)(picture, said="", project=PROJECT, task=TASK)
    assert server.asked[0]["messages"][1]["content"][1]["image_url"]["url"].startswith(f"data:{named};base64,")


@pytest.mark.parametrize("picture", [b"BM" + bytes(40), b"<svg/>", PNG + bytes(LARGEST)])
async def test_what_no_model_is_shown(
    server: ModelServer, connection: Connection, ledger: MemoryLedger, picture: bytes
) -> None:
    with pytest.raises(ModelRefused, match="models are shown"):
        await reader(connection, ledger)(picture, said="", project=PROJECT, task=TASK)
    assert server.asked == []


async def test_a_project_that_has_spent_its_tokens(
    server: ModelServer, connection: Connection, ledger: MemoryLedger
) -> None:
    server.default = Says("A door.", usage=(90, 10))
    describe = reader(connection, ledger, budget=100)
    await describe(PNG, said="", project=PROJECT, task=TASK)
    with pytest.raises(OverBudget, match="100 tokens"):
        await describe(PNG, said="", project=PROJECT, task=TASK)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("name", "said"), [("english", "Our new front door,\nfinally!"), ("chinese", "我们家的新大门")]
)
def test_what_is_asked_word_for_word(name: str, said: str) -> None:
    """After a change of the prompt: read the new golden file as the model will, then keep it."""
    turns = ask(Picture("image/png", PNG), said).turns
    text = "\n\n".join(f"# {turn.role}\n\n{turn.text}" for turn in turns) + "\n"
    assert (GOLDEN / f"picture.v1.{name}.md").read_text("utf-8") == text
    assert turns[-1].pictures == (Picture("image/png", PNG),)
