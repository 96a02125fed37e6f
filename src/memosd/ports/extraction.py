"""Turning talk into memories."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from memosd.domain.changes import Change
from memosd.domain.memories import Content, Memory
from memosd.domain.messages import Batch, Message
from memosd.ports.models import Vectors
from memosd.ports.storage import Ranked


@dataclass(frozen=True, slots=True)
class Talk:
    """New messages with what was said before them in the same conversation, both in order.

    `open` are the last messages before the batch that belong to a round still going on (a question whose answer
    comes only now); they are looked at again together with the new ones. `earlier` is context only.
    """

    batch: Batch
    earlier: tuple[Message, ...] = ()
    open: tuple[Message, ...] = ()


class Extractor(Protocol):
    def draft(self, batch: Batch) -> list[Content]:
        """The first form, at once and without a model: every round of the batch as it was said."""
        ...

    async def extract(self, talk: Talk) -> list[Content]:
        """The refined form. Every content cites the messages it rests on; small talk gives none."""
        ...


class Resolver(Protocol):
    async def resolve(
        self,
        contents: Sequence[Content],
        *,
        vectors: Sequence[Vectors],
        earlier: Sequence[Memory],
        nearby: Sequence[Sequence[Ranked]],
    ) -> list[Change]:
        """Hold new contents against what is known, and against each other. At most one `Add` or `Revise` a memory.

        vectors: of each content's keys, as `Edit.vectors`.
        earlier: the memories made from the same messages before (drafts, or a round that goes on): those that are live,
        and those that a person put away (`domain.changes.PUT_AWAY`). What a person corrected or put away stays so, and
        nothing new is made of the messages it cites.
        nearby: for each content, the live memories of the same owner that are most like it, best first.
        """
        ...
