"""Extraction without a language model: every round of talk becomes a memory that stands on its own.

A round keeps its words (nothing is lost that a later question may ask for) and gains what it lacks alone: who spoke,
the day, absolute dates behind relative ones, and the question that a short reply answers. Small talk is dropped; long
talk is cut into pieces; what an assistant explained at length is kept apart and marked as its view.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from memosd.domain.memories import Content, Kind, Stage, View
from memosd.domain.messages import Batch, Message, Role
from memosd.extraction import wording
from memosd.extraction.preferences import stated_preferences
from memosd.extraction.rounds import Round, rounds, still_open
from memosd.extraction.smalltalk import is_smalltalk
from memosd.language.names import keywords, names, speaker
from memosd.language.script import Language, language_of
from memosd.language.sentences import clip, is_question, pieces, sentences, size
from memosd.language.terms import fold, terms
from memosd.language.times import resolve_times
from memosd.ports.extraction import Talk

PIECE = 130
"""Tokens; talk longer than this is cut into pieces."""
ANSWER = 90
"""Tokens; a longer answer of an assistant becomes memories of its own."""
ELLIPTIC = 8
"""Tokens; a shorter reply is joined to what it replies to."""
CONTEXT = 160
"""Characters of context that is joined to a reply."""
TITLE = 48
TELLING = 4
"""Terms; a sentence with fewer makes no title if another one has them."""
MAX_TAGS = 8
MAX_PIECES = 400
"""Memories made of one message; the token limit of a request keeps it far below."""


@dataclass(frozen=True, slots=True)
class LocalExtractor:
    """An `Extractor` that needs no model. Stateless and safe to share."""

    def draft(self, batch: Batch) -> list[Content]:
        """Every round of the batch as it was said, in a millisecond or so: no names, no dates, no joining."""
        return [content for around in rounds(batch.messages) for content in _draft(around)]

    async def extract(self, talk: Talk) -> list[Content]:
        return await asyncio.to_thread(self._extract, talk)

    def _extract(self, talk: Talk) -> list[Content]:
        opened = talk.open
        before = next((m for m in reversed(talk.earlier) if m.role is Role.ASSISTANT and m not in opened), None)
        found: list[Content] = []
        for around in rounds((*opened, *talk.batch.messages), before=before):
            found.extend(replace(c, tags=_merged(talk.batch.tags, c.tags)) for c in _refine(around))
        return found


def talk_of(batch: Batch, earlier: tuple[Message, ...]) -> Talk:
    """A batch with its context: a batch that begins with an answer goes on with the last round before it."""
    first = next((m for m in batch.messages if m.role in (Role.USER, Role.ASSISTANT)), None)
    goes_on = first is not None and first.role is Role.ASSISTANT
    return Talk(batch, earlier, still_open(earlier) if goes_on else ())


def _draft(around: Round) -> Iterator[Content]:
    said = [m for m in around.messages if not is_smalltalk(m.text)]
    if not said:
        return
    language = language_of(said[0].text)
    text = "\n".join(wording.line(m.role, m.text, language=language) for m in said)
    for piece in pieces(text, limit=PIECE) if size(text) > 2 * PIECE else [text]:
        yield Content(
            kind=Kind.FACT,
            title=clip(said[0].text, characters=TITLE),
            value=piece,
            said_at=around.said_at,
            sources=tuple(m.id for m in around.messages),
            terms=tuple(terms(piece)),
            view=View.USER if around.user else View.ASSISTANT,
            language=language,
            confidence=0.6,
            stage=Stage.DRAFT,
        )


def _refine(around: Round) -> Iterator[Content]:
    user, answers = around.user, [m for m in around.answers if not is_smalltalk(m.text)]
    language = language_of(" ".join(m.text for m in around.messages))
    context = _context(around)
    if user and is_smalltalk(user.text) and not context:
        user = None
    if user is None:
        yield from _assistant(around, answers, language, about=context)
        return
    talkers = [m for m in answers if speaker(m.text) or size(m.text) <= ANSWER]
    lines = [wording.line(Role.USER, user.text, language=language)]
    if context:
        lines[0] += " " + wording.answering(context, language=language)
    lines += [wording.line(Role.ASSISTANT, m.text, language=language) for m in talkers]
    yield from _facts(around, "\n".join(lines), language, View.USER)
    yield from _preferences(around, user, language)
    explained = [m for m in answers if m not in talkers]
    yield from _assistant(around, explained, language, about=clip(user.text, characters=CONTEXT // 2))


def _assistant(around: Round, answers: list[Message], language: Language, *, about: str) -> Iterator[Content]:
    suffix = " " + wording.continuing(about, language=language) if about and answers else ""
    for answer in answers:
        view = View.USER if speaker(answer.text) else View.ASSISTANT
        for piece in pieces(answer.text, limit=PIECE)[:MAX_PIECES]:
            text = wording.line(Role.ASSISTANT, piece, language=language) + suffix
            yield from _facts(around, text, language, view, only=answer)


def _facts(
    around: Round, text: str, language: Language, view: View, *, only: Message | None = None
) -> Iterator[Content]:
    for piece in (pieces(text, limit=PIECE) if size(text) > 2 * PIECE else [text])[:MAX_PIECES]:
        yield _content(Kind.FACT, piece, around, language, view, (only,) if only else around.messages)


def _preferences(around: Round, user: Message, language: Language) -> Iterator[Content]:
    for sentence in stated_preferences(user.text):
        text = wording.line(Role.USER, sentence, language=language_of(sentence))
        content = _content(Kind.PREFERENCE, text, around, language, View.USER, (user,))
        reasoning = wording.stated(user.said_at, language=language)
        detail = {"preference_type": "explicit_preference", "reasoning": reasoning}
        yield replace(content, value=text, detail=detail)


def _content(
    kind: Kind, text: str, around: Round, language: Language, view: View, messages: tuple[Message, ...]
) -> Content:
    said_at = messages[0].said_at
    resolved = resolve_times(text, said_at)
    entities = names(text)
    named = tuple(e.name for e in entities[: MAX_TAGS - 3])
    known = {fold(word) for name in named for word in (name, *name.split())}
    tags = _merged(named, tuple(word for word in keywords(text, limit=6) if fold(word) not in known)[:3])
    return Content(
        kind=kind,
        title=_title(around, text),
        value=wording.dated(resolved, said_at),
        said_at=said_at,
        sources=tuple(m.id for m in messages),
        keys=(text,),
        terms=tuple(terms(resolved)),
        entities=entities,
        tags=tags,
        view=view,
        language=language,
        confidence=0.9 if view is View.USER else 0.6,
    )


def _context(around: Round) -> str:
    """What a reply that means little alone replies to: the last question of the answer before it, else its end."""
    if not around.user or not around.before or size(around.user.text) >= ELLIPTIC:
        return ""
    asked = sentences(around.before.text)
    questions = [s for s in asked if is_question(s)]
    if is_smalltalk(around.user.text) and not questions:
        return ""
    if is_smalltalk(around.before.text) or not asked:
        return ""
    return clip(questions[-1] if questions else " ".join(asked[-2:]), characters=CONTEXT)


def _title(around: Round, text: str) -> str:
    lead = around.user.text if around.user else text
    said = [s for s in sentences(lead) if not is_smalltalk(s)] or [lead]
    telling = next((s for s in said if len(set(terms(s))) >= TELLING), said[0])
    return clip(telling, characters=TITLE)


def _merged(*tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for group in tags for tag in group))[: MAX_TAGS + len(tags[0])]
