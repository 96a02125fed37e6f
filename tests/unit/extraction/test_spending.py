"""What a streamed answer took, however it ended."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import pytest

from memosd.domain.errors import ModelRefused, ModelUnavailable
from memosd.domain.usage import NO_TOKENS, Tokens
from memosd.extraction.by_model.spending import Answering
from memosd.language.tokens import count_tokens
from memosd.ports.models import Ask, Finished, Piece, Turn

ENGLISH = Ask((Turn("system", "Be brief."), Turn("user", "Where do I live?")))
CHINESE = Ask((Turn("system", "简短回答。"), Turn("user", "我住哪里？")))


@dataclass
class Script:
    """A chat model that says what it is given, then fails, waits for ever, or ends."""

    said: tuple[Piece, ...] = ()
    then: Exception | Finished | None = None
    model: str = "tiny"

    async def stream(self, ask: Ask) -> AsyncGenerator[Piece | Finished]:
        for piece in self.said:
            yield piece
        if isinstance(self.then, Exception):
            raise self.then
        if self.then is None:
            await asyncio.Event().wait()
        else:
            yield self.then


def counted(ask: Ask, said: str) -> Tokens:
    return Tokens(1, sum(count_tokens(turn.text) for turn in ask.turns), count_tokens(said))


async def test_a_whole_answer_took_what_the_server_says() -> None:
    end = Finished(Tokens(1, 120, 9), truncated=True)
    answering = Answering(Script((Piece("Hm.", reasoning=True), Piece("In "), Piece("Leeds.")), end), ENGLISH)
    assert [piece.text async for piece in answering.pieces()] == ["Hm.", "In ", "Leeds."]
    assert (answering.text, answering.tokens, answering.truncated) == ("In Leeds.", Tokens(1, 120, 9), True)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (ENGLISH, (Piece("They moved.", reasoning=True), Piece("In Leeds."))),
        (CHINESE, (Piece("七天。", reasoning=True), Piece("七天酒店。"))),
    ],
)
async def test_an_answer_that_broke_off_or_was_left_took_what_was_asked_and_said(
    ask: Ask, said: tuple[Piece, ...]
) -> None:
    took = counted(ask, "".join(piece.text for piece in said))
    broken = Answering(Script(said, ModelUnavailable("broke the answer off")), ask)
    with pytest.raises(ModelUnavailable):
        assert [piece async for piece in broken.pieces()]
    assert broken.tokens == took
    left = Answering(Script(said), ask)
    async with aclosing(left.pieces()) as pieces:
        for _ in said:
            await anext(pieces)
    assert left.tokens == took


async def test_one_who_leaves_before_the_first_piece_has_asked_all_the_same() -> None:
    answering = Answering(Script(), ENGLISH)
    reading = asyncio.ensure_future(anext(answering.pieces()))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert answering.tokens == counted(ENGLISH, "")


@pytest.mark.parametrize("failure", [ModelUnavailable("does not answer"), ModelRefused("does not accept the key")])
async def test_a_model_that_does_not_answer_took_nothing(failure: Exception) -> None:
    answering = Answering(Script((), failure), ENGLISH)
    with pytest.raises(type(failure)):
        assert [piece async for piece in answering.pieces()]
    assert answering.tokens == NO_TOKENS
