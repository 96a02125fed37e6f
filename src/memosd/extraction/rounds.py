"""Talk in rounds: what a user said and what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memosd.domain.messages import Message, Role
from memosd.language.sentences import close_gaps


@dataclass(frozen=True, slots=True)
class Round:
    """One user message with the answers that follow it, or answers that open the talk.

    `before` is the last answer before the round: what the user may be replying to; `previous` what the user said last.
    """

    user: Message | None
    answers: tuple[Message, ...] = ()
    before: Message | None = None
    previous: Message | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        return (self.user, *self.answers) if self.user else self.answers

    @property
    def said_at(self) -> datetime:
        return self.messages[0].said_at


def rounds(
    messages: Sequence[Message], *, before: Message | None = None, previous: Message | None = None
) -> list[Round]:
    """Cut messages into rounds; system and tool messages belong to none. Gaps in what is said are closed.

    before, previous: those of the first round.
    """
    found: list[Round] = []
    before, previous = (each and _closed(each) for each in (before, previous))
    for message in map(_closed, messages):
        if message.role is Role.USER:
            found.append(Round(message, before=before, previous=previous))
            previous = message
        elif message.role is Role.ASSISTANT and message.text.strip():
            last = found.pop() if found else Round(None, before=before)
            found.append(replace(last, answers=(*last.answers, message)))
            before = message
    return found


def _closed(message: Message) -> Message:
    text = close_gaps(message.text)
    return message if text == message.text else replace(message, text=text)


def still_open(earlier: Sequence[Message]) -> tuple[Message, ...]:
    """The messages of the last round before a batch that begins with an answer: that round goes on in the batch."""
    for i in range(len(earlier) - 1, -1, -1):
        if earlier[i].role is Role.USER:
            return tuple(earlier[i:])
    return ()
