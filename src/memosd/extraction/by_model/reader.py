"""Reading a talk with a model: one call a batch, and never a worse memory than without it.

An answer that cannot be used is repaired, then asked for again in smaller parts; where that fails, too, the local
memories stay, and the task says why. They also stay wherever the model's items leave out much of what was said.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from memosd.domain.errors import ModelRefused, ModelUnavailable, OverBudget
from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.memories import Content, Kind, Memory
from memosd.domain.messages import Message, Role
from memosd.domain.usage import NO_TOKENS, Purpose, Tokens, Usage
from memosd.extraction.by_model import answer, prompt
from memosd.extraction.by_model.checks import Believed, believed, telling
from memosd.extraction.by_model.prompt import Shown, text_of
from memosd.extraction.by_model.spending import demand_budget
from memosd.extraction.history import said
from memosd.language.sentences import size
from memosd.ports.extraction import Talk
from memosd.ports.index import Clock
from memosd.ports.ledger import Ledger
from memosd.ports.models import StructuredModel
from memosd.ports.reading import Proposal, Reading

log = logging.getLogger(__name__)

PART = 4_000
"""Tokens of talk in one call; a longer one is split at its rounds."""
MOST_CALLS = 12
"""For one batch; what is left then is kept in its local form."""
MOST_KNOWN = 12
COVERED = 0.5
"""The share of the words of a local memory that must stand in the model's items for these to take its place."""


@dataclass(slots=True)
class _Reading:
    """What came of the calls so far."""

    contents: list[Content]
    proposals: list[Proposal]
    tokens: Tokens = NO_TOKENS
    trouble: str = ""

    def add(self, found: Believed) -> None:
        offset = len(self.contents)
        self.contents += found.contents
        self.proposals += [replace(p, content=p.content + offset) for p in found.proposals]


@dataclass(frozen=True, slots=True)
class ModelReader:
    """A `ports.reading.Reader`. budget: tokens that a project may spend in a day (UTC) on all models; 0: any number."""

    model: StructuredModel
    ledger: Ledger
    clock: Clock
    budget: int = 0

    async def __call__(
        self, talk: Talk, *, local: Sequence[Content], known: Sequence[Memory], project: ProjectId, task: TaskId | None
    ) -> Reading:
        """See `ports.reading`. What the calls took is in the ledger also when they were of no use."""
        if not local and not any(message.tool_calls for message in talk.batch.messages):
            return Reading(())
        try:
            await demand_budget(self.ledger, self.clock, project, budget=self.budget)
        except OverBudget as error:
            return _as_before(local, str(error))
        new = tuple(m for m in (*talk.open, *talk.batch.messages) if m.role is not Role.SYSTEM)
        before = tuple(m for m in talk.earlier if m not in talk.open and m.role is not Role.SYSTEM)
        shown = Shown(before, new, tuple(known)[:MOST_KNOWN], tuple(local))
        reading = _Reading([], [])
        try:
            await self._read(shown, reading)
        except (ModelUnavailable, ModelRefused) as error:
            reading.trouble = str(error)
        finally:
            if reading.tokens.calls:
                used = Usage(project, Purpose.EXTRACTION, self.model.model, reading.tokens, self.clock(), task)
                await self.ledger.add(used)
        tags = talk.batch.tags
        made = [replace(c, tags=tuple(dict.fromkeys((*tags, *c.tags)))) for c in reading.contents]
        kept = _not_covered(local, made)
        return Reading((*made, *kept), tuple(reading.proposals), _note(reading.trouble))

    async def _read(self, shown: Shown, reading: _Reading) -> None:
        """Ask part by part. Raises as the model does; what was read by then is kept."""
        parts = _parts(shown)
        for number, part in enumerate(parts):
            if reading.tokens.calls >= MOST_CALLS:
                reading.trouble = f"only {number} of {len(parts)} parts were read, the most for one batch"
                return
            found = await self._ask(part, reading)
            if found is None:
                for smaller in _smaller(part):
                    found = await self._ask(smaller, reading)
                    if found is None:
                        reading.trouble = "its answer could not be read"
                    else:
                        reading.add(found)
            else:
                reading.add(found)

    async def _ask(self, shown: Shown, reading: _Reading) -> Believed | None:
        """None for an answer that cannot be read, or was cut off while there is a smaller way to ask."""
        reply = await self.model.reply(prompt.ask(shown), name=answer.NAME, schema=answer.SCHEMA)
        reading.tokens += reply.tokens
        items = answer.read(reply.text)
        if items is None or (reply.truncated and len(_rounds(shown.new)) > 1):
            log.warning("an answer of %s cannot be used (%d characters)", self.model.model, len(reply.text))
            return None
        found = believed(items, shown)
        if found.refused:
            log.info("%d of %d items of %s are not in the talk", found.refused, len(items), self.model.model)
        return found


def _note(trouble: str) -> str:
    return (
        f"the extraction model was of no use ({trouble}); what it left out was remembered without it" if trouble else ""
    )


def _as_before(local: Sequence[Content], trouble: str) -> Reading:
    return Reading(tuple(local), note=_note(trouble))


def _rounds(messages: Sequence[Message]) -> list[tuple[Message, ...]]:
    """A user's message with all that follows it, tools included."""
    found: list[tuple[Message, ...]] = []
    for message in messages:
        if message.role is Role.USER or not found:
            found.append((message,))
        else:
            found[-1] += (message,)
    return found


def _parts(shown: Shown) -> list[Shown]:
    """The talk in parts of whole rounds; of the round before, each but the first shows what it goes on from."""
    parts: list[list[tuple[Message, ...]]] = [[]]
    length = 0
    for around in _rounds(shown.new):
        grown = sum(size(text_of(message)) for message in around)
        if parts[-1] and length + grown > PART:
            parts.append([])
            length = 0
        parts[-1].append(around)
        length += grown
    return _shown(shown, [tuple(m for around in part for m in around) for part in parts])


def _smaller(shown: Shown) -> list[Shown]:
    """Two halves; of a single round, the round alone."""
    rounds = _rounds(shown.new)
    if len(rounds) == 1:
        return [Shown((), shown.new)]
    middle = len(rounds) // 2
    return _shown(shown, [tuple(m for r in half for m in r) for half in (rounds[:middle], rounds[middle:])])


def _shown(shown: Shown, parts: Sequence[tuple[Message, ...]]) -> list[Shown]:
    found = []
    before = shown.before
    for new in parts:
        ids = {message.id for message in new}
        hints = tuple(hint for hint in shown.hints if ids & set(hint.sources))
        found.append(Shown(before, new, shown.known, hints))
        before = _rounds(new)[-1]
    return found


def _not_covered(local: Sequence[Content], made: Sequence[Content]) -> list[Content]:
    """The local memories that the model's do not stand for: nothing that was said is lost by a poor answer."""
    return [content for content in local if not _covered(content, made)]


def _covered(content: Content, made: Sequence[Content]) -> bool:
    heirs = [m for m in made if set(m.sources) & set(content.sources) and m.view is content.view]
    if content.kind is Kind.PREFERENCE:
        return any(heir.kind is Kind.PREFERENCE for heir in heirs)
    words = telling(said(content))
    told = frozenset[str]().union(*(telling(heir.value) for heir in heirs))
    return bool(heirs) and len(words & told) >= COVERED * len(words)
