"""Answers as they are made."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any

import openai
from openai.types.chat import ChatCompletionChunk

from memosd.domain.errors import ModelUnavailable
from memosd.domain.usage import Tokens
from memosd.ports.models import Ask, Finished, Piece
from memosd.providers.openai.connection import Connection
from memosd.providers.openai.dialect import MOST_CHANGES, Dialect
from memosd.providers.openai.gate import Passing
from memosd.providers.openai.thinking import ThinkingSplitter

LONGEST = 900.0
"""Seconds to the end of a streamed answer."""

Stream = openai.AsyncStream[ChatCompletionChunk]


class OpenAIChat:
    """A `ports.models.ChatModel`."""

    def __init__(
        self,
        connection: Connection,
        model: str,
        *,
        count_tokens: Callable[[str], int],
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """count_tokens: for a server that does not say what an answer took."""
        self._connection = connection
        self._dialect = Dialect(model, extra)
        self._count = count_tokens

    @property
    def model(self) -> str:
        return self._dialect.model

    async def stream(self, ask: Ask) -> AsyncGenerator[Piece | Finished]:
        """See `ports.models.ChatModel`. What fails before the first piece is tried again, what fails later is not."""
        connection, splitter = self._connection, ThinkingSplitter()
        said: list[str] = []
        usage, ending = None, None
        ends = time.monotonic() + LONGEST
        async with (
            connection.gate.enter(),
            await connection.gate.attempt(lambda: self._open(ask)) as chunks,
            aclosing(self._read(chunks, ends)) as read,
        ):
            async for chunk in read:
                usage = chunk.usage or usage
                for piece in _pieces(chunk, splitter):
                    said.append(piece.text)
                    yield piece
                ending = (chunk.choices[0].finish_reason if chunk.choices else None) or ending
        for piece in splitter.end():
            said.append(piece.text)
            yield piece
        if ending is None and usage is None:
            raise ModelUnavailable(f"{connection.gate.where} broke the answer off")
        yield Finished(self._tokens(usage, ask, said), truncated=ending == "length")

    async def _open(self, ask: Ask) -> Stream:
        """The response's head. What the server refuses to be asked is left out."""
        for _ in range(MOST_CHANGES + 1):
            body = self._dialect.body(ask, stream_options={"include_usage": True})
            try:
                return await self._connection.once(
                    lambda body=body: self._connection.client.chat.completions.create(**body, stream=True)  # type: ignore[misc]
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if not self._dialect.learn(error, body):
                    raise self._connection.refused(error) from error
        raise AssertionError("each change is made once")

    async def _read(self, chunks: Stream, ends: float) -> AsyncGenerator[ChatCompletionChunk]:
        """The chunks, none later than the time-out after the one before. Raises `ModelUnavailable`."""
        chunk_iterator = chunks.__aiter__()
        while True:
            patience = min(self._connection.timeout, ends - time.monotonic())
            try:
                with self._connection.translated():
                    async with asyncio.timeout(patience):
                        chunk = await anext(chunk_iterator)
            except StopAsyncIteration:
                return
            except Passing as failure:
                self._connection.gate.breaker.failed()
                raise ModelUnavailable(f"{self._connection.gate.where} broke the answer off: {failure}") from failure
            yield chunk

    def _tokens(self, usage: Any, ask: Ask, said: list[str]) -> Tokens:
        if usage is not None:
            return Tokens(1, usage.prompt_tokens or 0, usage.completion_tokens or 0)
        return Tokens(1, sum(self._count(turn.text) for turn in ask.turns), self._count("".join(said)))


def _pieces(chunk: ChatCompletionChunk, splitter: ThinkingSplitter) -> list[Piece]:
    """DeepSeek, vLLM and DashScope send thoughts in `reasoning_content`, some others in `reasoning`."""
    if not chunk.choices:
        return []
    delta = chunk.choices[0].delta
    more = delta.model_extra or {}
    thought = more.get("reasoning_content") or more.get("reasoning")
    found = [Piece(thought, reasoning=True)] if isinstance(thought, str) and thought else []
    return [*found, *splitter.feed(delta.content)] if delta.content else found
