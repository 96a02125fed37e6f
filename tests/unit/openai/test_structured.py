"""Structured answers in the strictest way that a server really has."""

import json

import pytest

from memosd.domain.errors import ModelRefused, ModelUnavailable
from memosd.language.tokens import count_tokens
from memosd.ports.models import Ask, Turn
from memosd.providers.openai import Connection, OpenAIStructured
from memosd.providers.openai.structured import Way
from tests.support.model_server import ModelServer, Never, Raw, Says, Status, Step

ASK = Ask((Turn("system", "Extract."), Turn("user", "I moved to Leeds.")), max_tokens=100)
SCHEMA = {"type": "object", "properties": {"facts": {"type": "array"}}, "required": ["facts"]}
ANSWER = '{"facts": ["Leeds"]}'


@pytest.fixture
def model(connection: Connection) -> OpenAIStructured:
    return OpenAIStructured(connection, "tiny", count_tokens=count_tokens)


@pytest.mark.parametrize(
    ("has", "way"),
    [
        ({"json_schema", "tool", "json_object"}, Way.SCHEMA),
        ({"tool", "json_object"}, Way.TOOL),
        ({"json_object"}, Way.OBJECT),
        (set(), Way.PLAIN),
    ],
)
async def test_the_way_is_found_out_once(server: ModelServer, model: OpenAIStructured, has: set[str], way: Way) -> None:
    server.has, server.default = frozenset(has), Says(ANSWER, usage=(50, 5))
    first = await model.reply(ASK, name="facts", schema=SCHEMA)
    second = await model.reply(ASK, name="facts", schema=SCHEMA)
    assert (first.text, second.text) == (ANSWER, ANSWER)
    assert (model.way, server.trials) == (way, 1)
    assert (first.tokens.calls, second.tokens.calls) == (2, 1), "the trial is paid for once"
    taught = json.dumps(SCHEMA) in server.asked[-1]["messages"][-1]["content"]
    assert taught == (way in (Way.OBJECT, Way.PLAIN))


async def test_thoughts_are_no_part_of_an_answer(server: ModelServer, model: OpenAIStructured) -> None:
    server.default = Says(f"<think>Well {{…</think>{ANSWER}")
    assert (await model.reply(ASK, name="facts", schema=SCHEMA)).text == ANSWER


async def test_one_that_was_cut_off_says_so(server: ModelServer, model: OpenAIStructured) -> None:
    server.default = Says('{"facts": ["Le', ending="length")
    assert (await model.reply(ASK, name="facts", schema=SCHEMA)).truncated


@pytest.mark.parametrize("failure", [Status(429), Status(500), Never(), Raw("<html>"), Raw('{"choices": []}')])
async def test_what_may_pass_is_tried_again(server: ModelServer, model: OpenAIStructured, failure: Step) -> None:
    await model.find_way()
    server.script, server.default = [failure], Says(ANSWER)
    assert (await model.reply(ASK, name="facts", schema=SCHEMA)).text == ANSWER
    server.default = failure
    with pytest.raises(ModelUnavailable):
        await model.reply(ASK, name="facts", schema=SCHEMA)


async def test_a_request_that_is_called_wrong_is_refused(server: ModelServer, model: OpenAIStructured) -> None:
    await model.find_way()
    server.default = Status(400, "too long")
    with pytest.raises(ModelRefused, match="calls the request wrong"):
        await model.reply(ASK, name="facts", schema=SCHEMA)
