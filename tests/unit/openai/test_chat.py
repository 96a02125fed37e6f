"""Streamed answers: pieces, thoughts, tokens, and every way in which a server can fail."""

from contextlib import aclosing

import pytest

from memosd.domain.errors import ModelRefused, ModelUnavailable
from memosd.language.tokens import count_tokens
from memosd.ports.models import Ask, Finished, Piece, Turn
from memosd.providers.openai import Connection, OpenAIChat
from tests.support.model_server import Breaks, ModelServer, Never, Raw, Says, Status, Step

ASK = Ask((Turn("system", "Be brief."), Turn("user", "Where do I live?")), max_tokens=50, temperature=0.7, top_p=0.9)


@pytest.fixture
def chat(connection: Connection) -> OpenAIChat:
    return OpenAIChat(connection, "tiny", count_tokens=count_tokens)


async def answer(chat: OpenAIChat) -> tuple[str, str, Finished]:
    """Text, thoughts and end."""
    *pieces, end = [piece async for piece in chat.stream(ASK)]
    assert isinstance(end, Finished)
    said = [p for p in pieces if isinstance(p, Piece)]
    return "".join(p.text for p in said if not p.reasoning), "".join(p.text for p in said if p.reasoning), end


async def test_a_good_answer(server: ModelServer, chat: OpenAIChat) -> None:
    server.script = [Says("You live in Leeds.", usage=(31, 7))]
    text, thought, end = await answer(chat)
    assert (text, thought) == ("You live in Leeds.", "")
    assert (end.tokens.calls, end.tokens.input, end.tokens.output, end.truncated) == (1, 31, 7, False)
    [asked] = server.asked
    assert asked["messages"][1] == {"role": "user", "content": "Where do I live?"}
    assert (asked["max_tokens"], asked["temperature"], asked["top_p"]) == (50, 0.7, 0.9)
    assert server.headers[0]["authorization"] == "Bearer sk-test"


@pytest.mark.parametrize(
    "says",
    [
        Says("Leeds.", thought="They moved."),
        Says("<think>They moved.</think>\n\nLeeds."),
        Says("<think>\nThey moved.</think>Leeds.", size=1),
    ],
)
async def test_thoughts_are_told_from_text(server: ModelServer, chat: OpenAIChat, says: Says) -> None:
    server.script = [says]
    text, thought, _ = await answer(chat)
    assert (text, thought) == ("Leeds.", "They moved.")


async def test_tokens_are_counted_where_the_server_does_not(server: ModelServer, chat: OpenAIChat) -> None:
    server.script = [Says("You live in Leeds.", usage=None)]
    _, _, end = await answer(chat)
    assert end.tokens.output == count_tokens("You live in Leeds.")
    assert end.tokens.input > 0


async def test_an_answer_that_was_cut_off_says_so(server: ModelServer, chat: OpenAIChat) -> None:
    server.script = [Says("You live in", ending="length")]
    assert (await answer(chat))[2].truncated


@pytest.mark.parametrize("failure", [Status(429), Status(500), Status(503, after_ms=None), Never()])
async def test_what_may_pass_is_tried_again(server: ModelServer, chat: OpenAIChat, failure: Step) -> None:
    server.script = [failure, Says("Leeds.")]
    assert (await answer(chat))[0] == "Leeds."
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("failure", "says"), [(Status(429), "HTTP 429"), (Status(500), "HTTP 500"), (Never(), "nothing within 2 s")]
)
async def test_what_does_not_pass_is_given_up(server: ModelServer, chat: OpenAIChat, failure: Step, says: str) -> None:
    server.default = failure
    with pytest.raises(ModelUnavailable, match=f"does not answer: {says}"):
        await answer(chat)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("code", "says"),
    [(401, "does not accept the key"), (404, "does not know the model"), (400, "calls the request wrong")],
)
async def test_what_cannot_pass_is_not_tried_again(server: ModelServer, chat: OpenAIChat, code: int, says: str) -> None:
    server.default = Status(code, "key sk-secret is wrong")
    with pytest.raises(ModelRefused, match=says) as refused:
        await answer(chat)
    assert "sk-secret" not in str(refused.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "step", [Breaks("Once upon"), Says("Once upon a time", pause=0.3, size=9)], ids=["closed", "ok"]
)
async def test_an_answer_that_breaks_off_is_an_error_and_is_not_begun_again(
    server: ModelServer, chat: OpenAIChat, step: Step
) -> None:
    server.script = [step]
    if isinstance(step, Says):
        assert (await answer(chat))[0] == "Once upon a time"
        return
    stream = chat.stream(ASK)
    assert await anext(stream) == Piece("Once upon")
    with pytest.raises(ModelUnavailable, match="broke the answer off"):
        await anext(stream)
    assert len(server.asked) == 1


async def test_an_answer_that_is_none_is_an_error(server: ModelServer, chat: OpenAIChat) -> None:
    server.default = Raw("<html>hello</html>")
    with pytest.raises(ModelUnavailable):
        await answer(chat)


async def test_closing_cancels_the_call(server: ModelServer, chat: OpenAIChat) -> None:
    server.script = [Says("word " * 2_000, pause=0.01)]
    async with aclosing(chat.stream(ASK)) as stream:
        await anext(stream)
    assert (await answer(chat))[0] == "Yes."
    assert server.left == 1


async def test_parameters_that_a_server_refuses_are_left_out(server: ModelServer, chat: OpenAIChat) -> None:
    server.refuses = frozenset({"max_tokens", "temperature"})
    assert (await answer(chat))[0] == "Yes."
    [asked] = server.asked
    assert asked["max_completion_tokens"] == 50
    assert "temperature" not in asked


@pytest.mark.parametrize("refusal", [Status(401), Status(400), Status(422)])
async def test_a_refusal_is_an_answer_of_a_server_that_is_well(
    server: ModelServer, chat: OpenAIChat, connection: Connection, refusal: Status
) -> None:
    """In the middle of failures, and as the answer to the one call that may try again later."""
    now = 0.0
    connection.gate.breaker.tick = lambda: now
    connection.gate.attempts = 1
    server.default = Status(500)

    async def fail(times: int) -> None:
        for _ in range(times):
            with pytest.raises(ModelUnavailable, match="does not answer"):
                await answer(chat)

    async def be_refused() -> None:
        server.script = [refusal]
        with pytest.raises(ModelRefused):
            await answer(chat)

    await fail(4)
    await be_refused()
    await fail(5)
    with pytest.raises(ModelUnavailable, match="not asked for 30 s more"):
        await answer(chat)
    now = 31.0
    await be_refused()
    await fail(5)
    assert len(server.asked) == 16


async def test_the_breaker_opens_and_tries_again_later(
    server: ModelServer, chat: OpenAIChat, connection: Connection
) -> None:
    now = 0.0
    connection.gate.breaker.tick = lambda: now
    server.default = Status(500)
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            await answer(chat)
    assert len(server.asked) == 5
    with pytest.raises(ModelUnavailable, match="not asked for 30 s more"):
        await answer(chat)
    assert len(server.asked) == 5
    now, server.default = 31.0, Says("Leeds.")
    assert (await answer(chat))[0] == "Leeds."
    assert (await answer(chat))[0] == "Leeds."
