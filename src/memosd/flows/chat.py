"""Answer a user with a language model that is told what is remembered, and remember the turn."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from memosd.domain.errors import Invalid, MemosdError, NoModel
from memosd.domain.ids import MessageId, TaskId, new_id
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.search import Query, Recollection
from memosd.domain.usage import NO_TOKENS, Purpose, Tokens, Usage
from memosd.extraction.by_model.spending import Answering, demand_budget
from memosd.flows import chat_prompt
from memosd.ports.index import Clock
from memosd.ports.ledger import Ledger
from memosd.ports.models import Ask, ChatModel, Piece, Turn
from memosd.ports.storage import Storage

log = logging.getLogger(__name__)

MOST_MESSAGES = 60
"""Of the conversation so far that are read."""


@dataclass(frozen=True, slots=True)
class ChatModels:
    """The models that requests may name. default: for one that names none."""

    by_name: Mapping[str, ChatModel] = field(default_factory=dict)
    default: str | None = None

    def named(self, name: str | None) -> ChatModel:
        """Raises `NoModel` if none is set up, `Invalid` for a name that none has."""
        if not self.by_name:
            raise NoModel("no chat model is set up: set MEMOSD_CHAT_MODEL and MEMOSD_MODEL_URL (see docs/models.md)")
        wanted = name or self.default
        if wanted is None or wanted not in self.by_name:
            raise Invalid(f"model_name: there is no model '{wanted}', only {', '.join(sorted(self.by_name))}")
        return self.by_name[wanted]


@dataclass(frozen=True, slots=True)
class Question:
    """query: the search, whose text is the question. conversation: what was said before; None: as it is recorded.
    batch: the question as it is to be remembered, the answer still missing; None: it is not."""

    query: Query
    model: ChatModel
    batch: Batch | None
    system_prompt: str | None = None
    conversation: tuple[Turn, ...] | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The end of an answer. remark: what did not go as it should, although there is an answer; '' if nothing."""

    tokens: Tokens = NO_TOKENS
    truncated: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Chat:
    """budget: tokens that a project may spend in a day (UTC) on all models; 0: any number."""

    models: ChatModels
    storage: Storage
    recall: Callable[[Query], Awaitable[Recollection]]
    accept: Callable[[Batch], Awaitable[TaskId]]
    ledger: Ledger
    clock: Clock
    budget: int = 0

    async def __call__(self, question: Question) -> AsyncGenerator[Piece | Answered]:
        """The answer in pieces, then one `Answered`, by when the turn is stored. Closing the iterator cancels the call,
        and then nothing is stored. What the call took is in the ledger however it ended.

        Raises `OverBudget`, what a search raises, and `ModelUnavailable` or `ModelRefused`, also in the middle.
        """
        query = question.query
        await demand_budget(self.ledger, self.clock, query.project, budget=self.budget)
        recollection, conversation = await asyncio.gather(self.recall(query), self._conversation(question))
        asked = Ask(
            chat_prompt.turns(
                query.text,
                system_prompt=question.system_prompt,
                recollection=recollection,
                conversation=conversation,
            ),
            max_tokens=question.max_tokens,
            temperature=question.temperature,
            top_p=question.top_p,
        )
        answering = Answering(question.model, asked)
        try:
            async with aclosing(answering.pieces()) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            remark = await self._account(question, answering.tokens)
        remark = remark or await self._write_down(question, answering.text)
        yield Answered(answering.tokens, answering.truncated, remark)

    async def _conversation(self, question: Question) -> tuple[Turn, ...]:
        query = question.query
        if question.conversation is not None:
            return question.conversation
        if query.conversation is None:
            return ()
        roles = (Role.USER, Role.ASSISTANT)
        return chat_prompt.bounded(
            await self.storage.conversation(
                query.project, query.user, query.conversation, roles=roles, limit=MOST_MESSAGES
            )
        )

    async def _account(self, question: Question, tokens: Tokens) -> str:
        """Enter what the call took. What fails is a remark: the answer has been given."""
        project, model = question.query.project, question.model.model
        try:
            if tokens.calls:
                await self.ledger.add(Usage(project, Purpose.CHAT, model, tokens, self.clock()))
        except MemosdError as error:
            return _remark(error)
        return ""

    async def _write_down(self, question: Question, answer: str) -> str:
        """Store the turn. What fails is a remark: the answer has been given."""
        try:
            if question.batch is not None and answer.strip():
                message = Message(MessageId(new_id("msg")), Role.ASSISTANT, answer, self.clock())
                await self.accept(replace(question.batch, messages=(*question.batch.messages, message)))
        except MemosdError as error:
            return _remark(error)
        return ""


def _remark(error: MemosdError) -> str:
    log.error("a chat was answered, but not written down: %s", error)
    return f"answered, but not remembered: {error}"
