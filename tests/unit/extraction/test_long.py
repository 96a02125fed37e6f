"""Long texts made to be hard to read: they end. Nothing is timed; one that does not end is seen by its waiting."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from memosd.domain.ids import BatchId, MessageId, ProjectId
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.extraction import choices, evolution, grounds, idle, naming, preferences, smalltalk, spoken, telling, titles
from memosd.extraction.feedback import reading
from memosd.extraction.local import LocalExtractor
from memosd.extraction.requests import is_order, is_request
from memosd.extraction.rounds import rounds
from memosd.extraction.tools import outcomes, schemas
from memosd.language.names import keywords, names
from memosd.language.sentences import GAP, pieces
from memosd.language.times import resolve_times
from memosd.ports.extraction import Talk
from memosd.retrieval.question import understand

LONG = 20_000
AT = datetime(2025, 5, 7, 9, tzinfo=UTC)
BLANKS = (" ", "\n", "\t", "\u3000", " \n", "\n\n\t")
REPEATED = (
    *("a ", "Rosa ", "Mr. ", "1. a\n", "- a\n", ", a", "or ", "both ", "again ", "“", "[x] ", "(", "7,", "|\n", "?"),
    *("我，", "还是", "下", "又", "帮我", "5月", "一", "「我", "（", "。", "或者"),
)


def made(unit: str, *, end: str = "x") -> str:
    return "I like x" + unit * (LONG // len(unit)) + end


def said(text: str, role: Role = Role.USER) -> Message:
    return Message(MessageId(f"m-{role}"), role, text, AT)


def talk(*messages: Message) -> Talk:
    return Talk(Batch(BatchId("b"), ProjectId("p"), "u", "c", Owner.user("u"), messages, AT), ())


@pytest.mark.parametrize("unit", [*BLANKS, *REPEATED])
async def test_extraction_of_a_long_message_ends(unit: str) -> None:
    asked, told = said(made(unit), Role.ASSISTANT), said(made(unit))
    around = talk(asked, told)
    assert LocalExtractor().draft(around.batch)
    assert await LocalExtractor().extract(around)


@pytest.mark.parametrize("unit", [*BLANKS, *REPEATED])
def test_a_long_question_and_a_long_feedback_end(unit: str) -> None:
    assert understand(made(unit), asked_at=AT).text
    reading.read(made(unit))


READERS: tuple[Callable[[str], object], ...] = (
    choices.offered,
    grounds.unwanted,
    grounds.wanted,
    idle.features,
    naming.introduced,
    preferences.features,
    preferences.states,
    smalltalk.is_smalltalk,
    telling.tells,
    titles.title,
    outcomes.says_failure,
    schemas.schemas,
    names,
    lambda text: keywords(text, limit=8),
    lambda text: pieces(text, limit=130),
    lambda text: resolve_times(text, AT),
)


@pytest.mark.parametrize("unit", BLANKS)
def test_reading_a_memory_of_blanks_ends(unit: str) -> None:
    spoken.spoken(made(unit))
    evolution.Statement.of(made(unit), np.ones(4, np.float32))


@pytest.mark.parametrize("unit", REPEATED)
def test_every_reader_of_a_long_text_ends(unit: str) -> None:
    for read in READERS:
        read(made(unit))


def test_gaps_in_what_is_said_are_closed() -> None:
    [around] = rounds([said("Hello" + " " * LONG + "world\n\n  again")])
    assert around.user is not None
    assert around.user.text == "Hello" + " " * GAP + "world\n\n  again"


@pytest.mark.parametrize("sign", ["-", "，", " ", "\n"])
def test_a_row_of_signs_is_no_task(sign: str) -> None:
    assert not is_request(sign * 60_000)
    assert not is_request(f"User: {sign * 60_000}x")
    assert not is_order(f"{sign * 60_000}x")
