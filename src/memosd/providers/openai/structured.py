"""Answers that are asked to be JSON of a schema, in the strictest way that the server really has."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

import openai
from openai.types.chat import ChatCompletion

from memosd.domain.usage import Tokens
from memosd.ports.models import Ask, Reply, Turn
from memosd.providers.openai.connection import Connection
from memosd.providers.openai.dialect import MOST_CHANGES, Dialect
from memosd.providers.openai.gate import Passing
from memosd.providers.openai.thinking import without_thinking

log = logging.getLogger(__name__)


class Way(StrEnum):
    """How an answer is bound to a schema, the strictest first."""

    SCHEMA = "a JSON schema"
    TOOL = "a tool's arguments"
    OBJECT = "a JSON object"
    PLAIN = "plain text"


_TRIAL = Ask((Turn("user", 'Answer with the JSON object {"ready": true}.'),), max_tokens=200, temperature=0.0)
_TRIAL_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}},
    "required": ["ready"],
    "additionalProperties": False,
}


class OpenAIStructured:
    """A `ports.models.StructuredModel`. The way is found out once, by a trial question, and remembered."""

    def __init__(
        self,
        connection: Connection,
        model: str,
        *,
        count_tokens: Callable[[str], int],
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._connection = connection
        self._dialect = Dialect(model, extra)
        self._count = count_tokens
        self._trial = asyncio.Lock()
        self.way: Way | None = None

    @property
    def model(self) -> str:
        return self._dialect.model

    async def find_way(self) -> Tokens:
        """Try the ways until one brings what its schema asks for. Raises `ModelUnavailable`, `ModelRefused`."""
        tokens = Tokens()
        async with self._trial:
            if self.way is not None:
                return tokens
            for way in Way:
                try:
                    reply = await self._ask(_TRIAL, "trial", _TRIAL_SCHEMA, way)
                except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                    log.info("%s: not by %s: HTTP %d", self.model, way.value, error.status_code)
                    continue
                tokens += reply.tokens
                if _is_trial_answer(reply.text):
                    self.way = way
                    break
            self.way = self.way or Way.PLAIN
            log.info("%s is asked for %s", self.model, self.way.value)
        return tokens

    async def reply(self, ask: Ask, *, name: str, schema: Mapping[str, Any]) -> Reply:
        """See `ports.models.StructuredModel`."""
        trial = await self.find_way() if self.way is None else Tokens()
        try:
            reply = await self._ask(ask, name, schema, self.way or Way.PLAIN)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            raise self._connection.refused(error) from error
        return replace(reply, tokens=trial + reply.tokens)

    async def _ask(self, ask: Ask, name: str, schema: Mapping[str, Any], way: Way) -> Reply:
        client, taught = self._connection.client, _taught(ask, schema) if way in (Way.OBJECT, Way.PLAIN) else ask
        for _ in range(MOST_CHANGES):
            body = self._dialect.body(taught, **_binding(way, name, schema))
            try:
                completion = await self._connection.call(
                    lambda body=body: self._complete(client, body)  # type: ignore[misc]
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if not self._dialect.learn(error, body):
                    raise
            else:
                return self._read(completion, taught)
        raise AssertionError("each change is made once")

    async def _complete(self, client: openai.AsyncOpenAI, body: dict[str, Any]) -> ChatCompletion:
        completion: ChatCompletion = await client.chat.completions.create(**body)
        if not isinstance(completion, ChatCompletion) or not completion.choices:
            raise Passing("the answer is none of the API")
        return completion

    def _read(self, completion: ChatCompletion, ask: Ask) -> Reply:
        choice = completion.choices[0]
        calls = choice.message.tool_calls if choice.message else None
        text = choice.message.content or "" if choice.message else ""
        if calls and calls[0].type == "function":
            text = calls[0].function.arguments
        if usage := completion.usage:
            tokens = Tokens(1, usage.prompt_tokens or 0, usage.completion_tokens or 0)
        else:
            tokens = Tokens(1, sum(self._count(turn.text) for turn in ask.turns), self._count(text))
        return Reply(without_thinking(text), tokens, truncated=choice.finish_reason == "length")


def _binding(way: Way, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    match way:
        case Way.SCHEMA:
            described = {"name": name, "schema": schema, "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": described}}
        case Way.TOOL:
            function = {"name": name, "parameters": schema, "strict": True}
            return {
                "tools": [{"type": "function", "function": function}],
                "tool_choice": {"type": "function", "function": {"name": name}},
            }
        case Way.OBJECT:
            return {"response_format": {"type": "json_object"}}
        case Way.PLAIN:
            return {}


def _taught(ask: Ask, schema: Mapping[str, Any]) -> Ask:
    """The schema in words, for a server that does not see to it."""
    last = ask.turns[-1]
    rule = f"\n\nAnswer with one JSON object of this JSON schema, and nothing else:\n{json.dumps(schema)}"
    return replace(ask, turns=(*ask.turns[:-1], replace(last, text=last.text + rule)))


def _is_trial_answer(text: str) -> bool:
    try:
        answer = json.loads(text)
    except ValueError:
        return False
    return isinstance(answer, dict) and isinstance(answer.get("ready"), bool)
