"""Runs: what a user wanted, which tools were called for it, what they returned, and how it ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from memosd.domain.messages import Message, Role
from memosd.extraction.patterns import pattern
from memosd.extraction.tools.calls import Call, calls
from memosd.extraction.tools.outcomes import says_failure
from memosd.language.names import speaker
from memosd.language.script import language_of
from memosd.language.sentences import clip
from memosd.language.times import resolve_times

OBJECTION = 300
"""Characters of a message in which an objection stands."""
TASK_LENGTH = 300
ANSWER_LENGTH = 240
"""Characters of what the user wanted, and of what was answered in the end, that are kept."""


@dataclass(frozen=True, slots=True)
class Run:
    """key: the id of its first message, by which a run read again is known. ok: None if it is not known.

    objection: what the user said against it afterwards. sources: the ids of its messages.
    """

    key: str
    day: str
    task: str
    calls: tuple[Call, ...]
    answer: str
    objection: str
    ok: bool | None
    sources: tuple[str, ...]

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools in the order of their first calls, each once."""
        return tuple(dict.fromkeys(call.tool for call in self.calls))

    def packed(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def unpacked(cls, packed: Mapping[str, Any]) -> Self:
        made = [Call(**{**call, "names": tuple(call["names"])}) for call in packed["calls"]]
        return cls(**{**packed, "calls": tuple(made), "sources": tuple(packed["sources"])})


def runs(messages: Sequence[Message], *, touching: frozenset[str]) -> Iterator[Run]:
    """The stretches of talk, each from one user message to the next, in which tools were called.

    Only those that have, or are objected to in, one of the messages `touching` names.
    """
    stretches: list[list[Message]] = [[]]
    for message in messages:
        if message.role is Role.USER:
            stretches.append([])
        if message.role is not Role.SYSTEM:
            stretches[-1].append(message)
    for i, stretch in enumerate(stretches):
        if not (made := calls(stretch)):
            continue
        following = next(iter(stretches[i + 1]), None) if i + 1 < len(stretches) else None
        objection = following if following and _objects(following.text) else None
        concerned = (*stretch, objection) if objection else stretch
        if any(message.id in touching for message in concerned):
            yield _run(stretch, made, objection)


def _objects(text: str) -> bool:
    """Objections are made at the beginning."""
    beginning = text[:OBJECTION]
    return pattern("tools/objection", language_of(beginning)).match(beginning) is not None


def _run(stretch: Sequence[Message], made: Sequence[Call], objection: Message | None) -> Run:
    user = stretch[0] if stretch[0].role is Role.USER else None
    answer = next((m.text for m in reversed(stretch) if m.role is Role.ASSISTANT and m.text.strip()), "")
    said = _spoken(user.text) if user else ""
    messages = (*stretch, objection) if objection else stretch
    return Run(
        key=stretch[0].id,
        day=f"{stretch[0].said_at:%Y-%m-%d}",
        task=clip(resolve_times(said, stretch[0].said_at), characters=TASK_LENGTH),
        calls=tuple(made),
        answer=clip(_spoken(answer), characters=ANSWER_LENGTH),
        objection=clip(objection.text, characters=ANSWER_LENGTH) if objection else "",
        ok=_ended_well(made, answer, objected=objection is not None),
        sources=tuple(m.id for m in messages),
    )


def _ended_well(made: Sequence[Call], answer: str, *, objected: bool) -> bool | None:
    """Whether the last call of every tool succeeded, and nobody says otherwise. None if there is no telling."""
    if objected:
        return False
    last = {call.tool: call.ok for call in made}
    if any(ok is False for ok in last.values()):
        return False
    if None in last.values():
        return False if answer and says_failure(answer) else None
    return True


def _spoken(text: str) -> str:
    name = speaker(text)
    return text[len(name) :].lstrip(" :：") if name else text
