"""Extraction without a language model: every round of talk becomes a memory that stands on its own.

A round keeps its words (nothing is lost that a later question may ask for) and gains what it lacks alone: who spoke,
the day, absolute dates behind relative ones, and the question that a short reply answers. Small talk is dropped; long
talk is cut into pieces; what an assistant explained at length is kept apart and marked as its view.
"""

import asyncio
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from memosd.domain.ids import MessageId
from memosd.domain.memories import Content, Kind, Stage, View
from memosd.domain.messages import Batch, Message, Role
from memosd.extraction import idle, wording
from memosd.extraction.choices import choice
from memosd.extraction.evolution import facts
from memosd.extraction.naming import introduced, introduction
from memosd.extraction.patterns import pattern
from memosd.extraction.person import third_person
from memosd.extraction.preferences import Preference, Statement, load_probe, named_speaker, outright, statements
from memosd.extraction.questions import asks_back
from memosd.extraction.rounds import Round, rounds, still_open
from memosd.extraction.smalltalk import is_smalltalk, says_nothing
from memosd.extraction.spoken import replied_to, spoken, without_speaker
from memosd.extraction.tastes import Catalogue
from memosd.extraction.telling import tells
from memosd.extraction.titles import TITLE, title, title_of_preference
from memosd.language.names import keywords, names, speaker
from memosd.language.script import Language, language_of
from memosd.language.sentences import clip, is_question, pieces, sentences, size
from memosd.language.terms import fold, terms
from memosd.language.times import resolve_times
from memosd.ports.extraction import Talk
from memosd.ports.models import Embedder

PIECE = 130
"""Tokens; talk longer than this is cut into pieces."""
ANSWER = 220
"""Tokens; a longer answer of an assistant becomes memories of its own."""
ONE_KEY = 100
"""Tokens; each line of a longer round is a key of its own, so that neither covers the other up."""
ELLIPTIC = 8
"""Tokens; a shorter reply is joined to what it replies to."""
CONTEXT = 160
"""Characters of context that is joined to a reply."""
MAX_TAGS = 8
MAX_STRUNG = 6
"""Facts of sentences that string several together which are found by keys of their own."""
MAX_PIECES = 400
"""Memories made of one message; the token limit of a request keeps it far below."""

_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_NOTE = re.compile(r" ?[（(](?:in reply to|about|回应|关于)[:：] ?“[^\n]*”[)）]")


@dataclass(frozen=True, slots=True)
class LocalExtractor:
    """An `Extractor` that needs no language model. Stateless and safe to share.

    embedder: what the probes for preferences and for idle talk read; without one, or with one that they were not made
    for, only preferences stated outright are found, and only talk that cheers in known words is dropped.
    """

    embedder: Embedder | None = None

    def draft(self, batch: Batch) -> list[Content]:
        """Every round of the batch as it was said, in a millisecond or so: no names, no dates, no joining."""
        return [content for around in rounds(batch.messages) for content in _draft(around)]

    async def extract(self, talk: Talk) -> list[Content]:
        """See `ports.extraction`. Raises `Unavailable` if the statements cannot be embedded."""
        found = await asyncio.to_thread(_rounds, talk)
        stated = await asyncio.to_thread(_statements, found)
        made = await asyncio.to_thread(_extracted, found, await self._preferences(stated))
        told = await self._telling(made, found)
        return [_found_by_its_facts(replace(c, tags=_merged(talk.batch.tags, c.tags))) for c in told]

    async def _preferences(self, found: Sequence[Statement]) -> list[Preference]:
        probe = load_probe()
        if self.embedder is None or not probe.reads(self.embedder):
            return outright(found)
        vectors = await self.embedder.embed([statement.text for statement in found], purpose="passage")
        return [await self._generalised(preference, self.embedder) for preference in probe.judge(found, vectors)]

    async def _generalised(self, preference: Preference, embedder: Embedder) -> Preference:
        """With guesses at what it shows in general, if it is a choice."""
        catalogue, [first, *_] = Catalogue.load(), preference.statements
        if first.choice is None or not catalogue.reads(embedder):
            return preference
        left, taken = (*first.choice.left, *first.choice.unwanted), (*first.choice.taken, *first.choice.wanted)
        vectors = await embedder.embed([*left, *taken], purpose="passage")
        guesses = catalogue.guesses(vectors[: len(left)], vectors[len(left) :])
        language = language_of(first.text)
        return replace(preference, perhaps=tuple(taste.told(language) for taste in guesses))

    async def _telling(self, made: list[Content], found: Sequence[Round]) -> list[Content]:
        """Without idle talk; of such talk beside a picture, the picture is left. What is kept is embedded by the same
        lines a moment later; only what is taken for idle is embedded again, by its sentences."""
        probe = idle.load_probe()
        if self.embedder is None or not probe.reads(self.embedder):
            return made
        said = {message.id: message for around in found for message in around.messages}
        before = {around.messages[0].id: around.before.text for around in found if around.before}
        doubts = [idle.doubtful(content, before.get(content.sources[0], "")) for content in made]
        best = await self._surest(doubts, none=1.0)
        again = [idle.parts(lines) for lines in doubts]
        best = [sure if parts or not lines else 0.0 for sure, parts, lines in zip(best, again, doubts, strict=True)]
        again = [parts if sure < idle.IDLE else [] for sure, parts in zip(best, again, strict=True)]
        kept = (
            content if first >= idle.IDLE or second >= idle.IDLE_SENTENCE else _noted(content, said)
            for content, first, second in zip(made, best, await self._surest(again, none=0.0), strict=True)
        )
        return [content for content in kept if content is not None]

    async def _surest(self, said: Sequence[Sequence[str]], *, none: float) -> list[float]:
        """How probable it is of the most telling line of each memory that it tells anything; `none` without lines."""
        every = [line for found in said for line in found]
        if not every or self.embedder is None:
            return [none for _ in said]
        sure = iter(idle.load_probe().tells(every, await self.embedder.embed(every, purpose="passage")))
        return [max((float(next(sure)) for _ in found), default=none) for found in said]


def _noted(content: Content, said: Mapping[MessageId, Message]) -> Content | None:
    """What was put beside idle talk, None if that tells nothing."""
    notes = idle.notes("\n".join(content.keys))
    if not notes:
        return None
    messages = tuple(said[source] for source in content.sources)
    return _content(content.kind, notes, language_of(notes), content.view, messages)


def _rounds(talk: Talk) -> list[Round]:
    last = [m for m in reversed(talk.earlier) if m not in talk.open]
    before = next((m for m in last if m.role is Role.ASSISTANT), None)
    previous = next((m for m in last if m.role is Role.USER), None)
    return rounds((*talk.open, *talk.batch.messages), before=before, previous=previous)


def _statements(talk: Sequence[Round]) -> list[Statement]:
    return [statement for around in talk if around.user for statement in statements(around.user, around.before)]


def _extracted(found: Sequence[Round], preferences: Sequence[Preference]) -> list[Content]:
    shown: dict[MessageId, list[Preference]] = {}
    for preference in preferences:
        shown.setdefault(preference.statements[-1].message.id, []).append(preference)
    made: list[Content] = []
    for around in found:
        facts = list(_refine(around))
        if facts and around.user and not speaker(around.user.text) and (name := introduced(around.user.text)):
            facts[0] = introduction(facts[0], name)
        made += [*facts, *(_preference(p, around) for p in shown.get(around.messages[0].id, ()))]
    return made


def talk_of(batch: Batch, earlier: tuple[Message, ...]) -> Talk:
    """A batch with its context: one that begins with an answer, or a tool's result, goes on with the round before."""
    first = next((m for m in batch.messages if m.role is not Role.SYSTEM), None)
    goes_on = first is not None and first.role is not Role.USER
    return Talk(batch, earlier, still_open(earlier) if goes_on else ())


def _draft(around: Round) -> Iterator[Content]:
    said = [m for m in around.messages if not says_nothing(m)]
    if not said or (said == [around.user] and _asks_back(said[0])):
        return
    language = language_of(said[0].text)
    for message, piece in _as_said(said, language):
        claimed = message.role is Role.ASSISTANT and not speaker(message.text)
        yield Content(
            kind=Kind.FACT,
            title=clip(piece if claimed else message.text, characters=TITLE),
            value=piece,
            said_at=around.said_at,
            sources=tuple(m.id for m in around.messages),
            terms=tuple(terms(piece)),
            view=View.ASSISTANT if claimed else View.USER,
            language=language,
            confidence=0.6,
            stage=Stage.DRAFT,
        )


def _as_said(said: Sequence[Message], language: Language) -> Iterator[tuple[Message, str]]:
    """A round in one text, behind its first message; a long one in pieces of its messages, each with who said it."""
    text = "\n".join(wording.line(m.role, m.text, language=language) for m in said)
    if size(text) <= 2 * PIECE:
        yield said[0], text
        return
    for message in said:
        name = speaker(message.text)
        for piece in pieces(without_speaker(message.text), limit=PIECE):
            yield message, wording.label(message.role, piece, name=name, language=language)


def _refine(around: Round) -> Iterator[Content]:
    user, answers = around.user, [m for m in around.answers if not says_nothing(m)]
    language = language_of(" ".join(m.text for m in around.messages))
    context = _context(around)
    if user and is_smalltalk(user.text) and not context:
        user = None
    if user is None:
        yield from _assistant(around, answers, language, about=context)
        return
    lines = [wording.line(Role.USER, user.text, language=language)]
    if context:
        lines[0] += " " + wording.answering(context, language=language)
    elif antecedent := _antecedent(around):
        lines[0] += " " + wording.continuing(antecedent, language=language)
    talkers = [m for m in answers if speaker(m.text) or size(m.text) <= ANSWER]
    if (
        size("\n".join((*lines, *(wording.line(Role.ASSISTANT, m.text, language=language) for m in talkers))))
        > 2 * PIECE
    ):
        # It will be cut, and a piece of an assistant's answer beside its user's words would pass for theirs.
        talkers = [m for m in talkers if speaker(m.text)]
    lines += [wording.line(Role.ASSISTANT, m.text, language=language) for m in talkers]
    tells_nothing = not talkers and _asks_back(user)
    if not tells_nothing and (context or tells("\n".join(lines))):
        yield from _facts(around, "\n".join(lines), language, View.USER)
    explained = [m for m in answers if m not in talkers]
    yield from _assistant(around, explained, language, about=clip(user.text, characters=CONTEXT // 2))


def _asks_back(user: Message) -> bool:
    """Whether a user only asks an assistant for what they told before. Two people ask each other for news."""
    return not speaker(user.text) and asks_back(user.text)


def _assistant(around: Round, answers: list[Message], language: Language, *, about: str) -> Iterator[Content]:
    suffix = " " + wording.continuing(about, language=language) if about and answers else ""
    for answer in answers:
        name = speaker(answer.text)
        view = View.USER if name else View.ASSISTANT
        for piece in _blocks(without_speaker(answer.text))[:MAX_PIECES]:
            text = wording.label(Role.ASSISTANT, piece, name=name, language=language) + suffix
            yield from _facts(around, text, language, view, only=answer)


def _blocks(text: str) -> list[str]:
    """Long talk without its phrases ('Sure, here are some ideas:'), cut at its paragraphs where they are long."""
    blocks: list[str] = []
    for paragraph in _PARAGRAPH.split(text):
        told = [s for s in sentences(paragraph) if not is_smalltalk(s) and not _is_phrase(s)]
        for piece in pieces("\n".join(told), limit=PIECE):
            fits = blocks and size(blocks[-1]) < PIECE // 2 and size(blocks[-1]) + size(piece) <= PIECE
            if fits:
                blocks[-1] = wording.joined(blocks[-1], piece)
            else:
                blocks.append(piece)
    return blocks


def _is_phrase(sentence: str) -> bool:
    return bool(pattern("phrases", language_of(sentence)).fullmatch(sentence))


def _facts(
    around: Round, text: str, language: Language, view: View, *, only: Message | None = None
) -> Iterator[Content]:
    for piece in (pieces(text, limit=PIECE) if size(text) > 2 * PIECE else [text])[:MAX_PIECES]:
        content = _content(Kind.FACT, piece, language, view, (only,) if only else around.messages)
        yield replace(content, keys=tuple(piece.splitlines())) if size(piece) > ONE_KEY else content


def _found_by_its_facts(content: Content) -> Content:
    """With a key for each fact of a sentence that strings several together: one vector of all is near to none."""
    if content.kind is not Kind.FACT or content.view is not View.USER:
        return content
    strung = [fact for line in "\n".join(content.keys).splitlines() for fact in facts(line)]
    return replace(content, keys=tuple(dict.fromkeys((*content.keys, *strung[:MAX_STRUNG]))))


def _preference(preference: Preference, around: Round) -> Content:
    first, *others = preference.statements
    texts = [statement.text for statement in preference.statements]
    said = functools.reduce(wording.joined, texts)
    language = language_of(said)
    name = named_speaker(first.message.text)
    value = third_person(said, subject=name) or wording.label(Role.USER, said, name=name)
    messages = tuple(statement.message for statement in preference.statements)
    on = first.message.said_at
    if chosen := first.choice:
        asked = around.previous.text if around.previous else ""
        value = wording.chosen(chosen, name=name, language=language)
        reasoning = wording.by_choice(chosen, said, on, asked=asked, perhaps=preference.perhaps, language=language)
        # 'The second one' says nothing alone: it is found by, and held against others with, what it was, and for what.
        texts.insert(0, functools.reduce(wording.joined, [asked, *chosen.taken, said]))
    elif preference.explicit:
        reasoning = wording.stated(said, on, language=language)
    else:
        reasoning = wording.shown(said, on, times=1 + len(others), language=language)
    content = _content(Kind.PREFERENCE, said, language, View.USER, messages)
    kind = "explicit_preference" if preference.explicit else "implicit_preference"
    return replace(
        content,
        title=title_of_preference(value, first.message.text),
        value=value,
        keys=tuple(texts),
        terms=tuple(terms("\n".join((value, texts[0], *(chosen.left if chosen else ()), *preference.perhaps)))),
        confidence=round(preference.probability, 2),
        detail={"preference_type": kind, "reasoning": reasoning} | ({"standing": True} if _stands(texts[-1]) else {}),
    )


def _stands(text: str) -> bool:
    """Whether a preference is about how to be answered, and so bears on every request."""
    language, plain = language_of(text), text.replace("’", "'")

    def says(name: str) -> bool:
        return bool(pattern(name, language).search(plain))

    return says("standing") or (says("serving") and says("format") and not says("once"))


def _content(kind: Kind, text: str, language: Language, view: View, messages: tuple[Message, ...]) -> Content:
    said_at = messages[0].said_at
    resolved = resolve_times(text, said_at)
    entities = names(_NOTE.sub("", text))
    own = _own(text)
    named = tuple(e.name for e in names(own)[: MAX_TAGS - 3])
    known = {fold(word) for name in named for word in (name, *name.split())}
    titled = title(text)
    words = (*(word for word in keywords(titled, limit=4) if word in own.casefold()), *keywords(own, limit=9))
    telling = (word for word in words if fold(word) not in known and not _says_little(word))
    tags = _merged(named, tuple(dict.fromkeys(telling))[:3])
    return Content(
        kind=kind,
        title=titled,
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


def _own(text: str) -> str:
    """What makes tags: the words of a talk without those of an assistant, and what its speaker took of an offer."""
    said = "\n".join(spoken(text))
    chosen = (choice(said, offer) for offer in replied_to(text))
    return "\n".join((said, *(thing for found in chosen if found for thing in found.taken)))


def _says_little(word: str) -> bool:
    return bool(pattern("vague", language_of(word)).fullmatch(word))


def _context(around: Round) -> str:
    """What a reply that means little alone replies to: the last question of the answer before it, else its end."""
    if not around.user or not around.before or size(around.user.text) >= ELLIPTIC:
        return ""
    asked = sentences(around.before.text)
    questions = [s for s in asked if is_question(s)]
    if is_smalltalk(around.user.text) and not questions:
        return ""
    if says_nothing(around.before) or not asked:
        return ""
    return clip(questions[-1] if questions else " ".join(asked[-2:]), characters=CONTEXT)


def _antecedent(around: Round) -> str:
    """Whom or what a user's 'she', 'they' or 'it' means: the last sentence before that names someone or something."""
    user = around.user
    if not user:
        return ""
    text = without_speaker(user.text)
    if not pattern("pronouns", language_of(text)).match(text) or names(text):
        return ""
    before = [m for m in (around.previous, around.before) if m]
    naming = [
        s
        for m in before
        for s in sentences(without_speaker(m.text))
        if _kin(s) or (names(s) and not pattern("feelings", language_of(s)).search(s))
    ]
    return clip(naming[-1], characters=CONTEXT) if naming else ""


def _kin(sentence: str) -> bool:
    return bool(pattern("kin", language_of(sentence)).search(sentence))


def _merged(*tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for group in tags for tag in group))[: MAX_TAGS + len(tags[0])]
