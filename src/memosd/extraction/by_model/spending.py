"""What projects spend on models: whether they still may, and what a streamed answer took, however it ended."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from memosd.domain.errors import MemosdError, OverBudget
from memosd.domain.ids import ProjectId
from memosd.domain.usage import NO_TOKENS, Tokens
from memosd.language.tokens import count_tokens
from memosd.ports.index import Clock
from memosd.ports.ledger import Ledger
from memosd.ports.models import Ask, ChatModel, Finished, Piece


async def demand_budget(ledger: Ledger, clock: Clock, project: ProjectId, *, budget: int) -> None:
    """Raises `OverBudget` if the project has used up the tokens that it may spend in a day (UTC) on all models; 0: any
    number."""
    if budget and (await ledger.of_day(project, clock().date())).total >= budget:
        raise OverBudget(f"the project has used up its {budget} tokens for today (UTC)")


@dataclass(slots=True)
class Answering:
    """One call of a chat model, whose answer is read by `pieces`, once."""

    model: ChatModel
    ask: Ask
    truncated: bool = False
    _said: list[Piece] = field(default_factory=list)
    _tokens: Tokens | None = None

    async def pieces(self) -> AsyncGenerator[Piece]:
        """Raises as the model does. Closing the iterator cancels the call."""
        try:
            async with aclosing(self.model.stream(self.ask)) as stream:
                async for piece in stream:
                    if isinstance(piece, Finished):
                        self._tokens, self.truncated = piece.tokens, piece.truncated
                    else:
                        self._said.append(piece)
                        yield piece
        except MemosdError:
            if not self._said:
                self._tokens = NO_TOKENS
            raise

    @property
    def text(self) -> str:
        """What was answered so far, without the reasoning."""
        return "".join(piece.text for piece in self._said if not piece.reasoning)

    @property
    def tokens(self) -> Tokens:
        """What the call took: as the model's server told at the end, as we count it if the answer was left or broke off
        before; nothing if the model did not answer at all."""
        if self._tokens is not None:
            return self._tokens
        said = "".join(piece.text for piece in self._said)
        return Tokens(1, sum(count_tokens(turn.text) for turn in self.ask.turns), count_tokens(said))
