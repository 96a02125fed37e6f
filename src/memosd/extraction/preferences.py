"""Preferences of a user: stated outright ('I can't stand cilantro') or shown by what was chosen, refused or corrected.

Three small linear models over passage vectors and a few patterns decide (logistic regression; made by
`python -m training` from the examples in `training/preference`): is a statement a preference, is it stated or shown,
and do two of neighbouring messages show one together, since a choice made twice is stronger than once. Only the first
person counts ('my sister loves…' is not the user's taste), and questions state nothing, unless they ask to have again
in another form what was given.

Without vectors that the models were made for, the patterns decide alone, and only outright statements are found.
"""

import functools
import itertools
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from memosd.domain.messages import Message
from memosd.extraction.choices import Choice, choice
from memosd.extraction.linear import Linear
from memosd.extraction.patterns import pattern
from memosd.extraction.repeated import evidence, middle, names
from memosd.extraction.requests import is_order
from memosd.extraction.smalltalk import is_smalltalk
from memosd.extraction.wording import joined
from memosd.language.names import speaker
from memosd.language.script import language_of
from memosd.language.sentences import is_question, sentences, size
from memosd.ports.models import Embedder, Vector, Vectors

MODEL = "multilingual-e5-small"
"""The embedder that the coefficients were made for; the name of a model begins with it."""
STATEMENT = 35
"""Tokens; sentences that state nothing outright are judged together up to this."""
LIMIT = 16
"""Statements judged of one message: the last ones, nearest to what was wanted."""
FOUND = 0.68
"""A statement that is at least so probably a preference is one."""
SHOWN = 0.7
"""The same for one that is shown once, and not stated."""
CHOSEN = 0.15
"""The same for a choice that says what is wrong with the rest."""
STATED = 0.3
"""The same where a pattern says so, too."""
SERVED = 0.4
"""The same of what says how to do something whenever it is done."""
_ASIDE = re.compile(r"\[[^\[\]\n]{0,500}\]")
"""A note in the talk that is no talk, such as the caption of an image."""
TWICE = 0.5
"""Two statements that are at least so probably one preference are one."""
_I = re.compile(r"我|\bI\b|\b(?:me|my|mine)\b")
AMONG_PEOPLE = 0.9
"""The bar of outright preferences that no pattern finds, in talk that names its speakers: people cheer each other and
tell stories more often than they tell their tastes. What they did shows nothing there."""
ALIKE = 0.1
"""Cosine of two statements that speak of one preference though each could be one alone."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Some sentences of one message of a user. stated: a pattern takes them for an outright preference. choice: what
    they take of what was offered before."""

    text: str
    message: Message
    stated: bool = False
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """What a user likes, and the one or two statements it rests on. perhaps: guesses at what a choice shows in general,
    as predicates in its language."""

    statements: tuple[Statement, ...]
    explicit: bool
    probability: float
    perhaps: tuple[str, ...] = ()


def statements(message: Message, before: Message | None = None) -> list[Statement]:
    """What in a user's message may state or show a preference, in order: no questions, no small talk.

    before: what it may be replying to. A choice of what was offered there, with its reasons, is one statement.
    """
    text = _ASIDE.sub(" ", message.text)
    if name := named_speaker(text):
        text = text.lstrip()[len(name) :].lstrip(" :：")
    if before and (chosen := choice(text, before.text)):
        said = [sentence for sentence in sentences(text) if not is_question(sentence) and not is_smalltalk(sentence)]
        return [Statement(functools.reduce(joined, said), message, choice=chosen)]
    return list(_grouped(text, message))[-LIMIT:]


def named_speaker(text: str) -> str | None:
    """Who is named before the first colon, unless that is a heading, as in `饮食偏好: 清淡`."""
    name = speaker(text)
    return None if name and states(f"{name}:") else name


def _grouped(text: str, message: Message) -> Iterator[Statement]:
    """Outright statements one by one, the sentences between them in runs; 'the others don't appeal to me' stays with
    what was chosen."""
    run = ""
    said = sentences(text)
    for sentence, after in itertools.zip_longest(said, said[1:], fillvalue=""):
        refers = bool(run and pattern("choices", language_of(sentence)).search(sentence))
        stated = states(sentence) and not refers
        if not stated and (_only_asks(sentence, after) or is_smalltalk(sentence) or _is_of_others(sentence)):
            continue
        longer = joined(run, sentence)
        if run and (stated or (size(longer) > STATEMENT and not refers)):
            yield Statement(run, message)
            longer = sentence
        if stated:
            yield Statement(sentence, message, stated=True)
        run = "" if stated else longer
    if run:
        yield Statement(run, message)


def _only_asks(sentence: str, after: str) -> bool:
    """Whether a sentence is a question, other than one that asks for something in another form and is followed by why,
    or says that this was asked before."""
    if not is_question(sentence):
        return False
    language, plain = language_of(sentence), sentence.replace("’", "'")
    why = bool(_I.search(after)) and not is_question(after)
    return not (pattern("redo", language).search(plain) and (why or pattern("likewise", language).search(plain)))


def _is_of_others(sentence: str) -> bool:
    """Whether a sentence begins with 'she' or 'they' and never comes to the speaker."""
    language = language_of(sentence)
    return bool(pattern("pronouns", language).match(sentence)) and not _I.search(sentence)


def states(sentence: str) -> bool:
    """Whether a sentence states a preference of its speaker outright, as far as its wording says."""
    language, sentence = language_of(sentence), sentence.replace("’", "'")
    return (
        bool(pattern("preferences", language).search(sentence))
        and not pattern("others", language).search(sentence)
        and not is_order(sentence)
        and not is_question(sentence)
    )


def outright(found: Sequence[Statement]) -> list[Preference]:
    """What the patterns alone find."""
    sure = [s for s in found if s.stated or (s.choice and s.choice.refused)]
    return [Preference((statement,), explicit=statement.stated, probability=0.8) for statement in sure]


_PATTERNS = ("others", "feelings", "habits", "again", "forced", "fornow", "serving", "once")
FEATURES = ("stated", *_PATTERNS, "order", "question", "exclaims", "you")
_PASSING = ("feelings", "forced", "fornow")
"""Features of what is felt or done but once, which nothing can show again."""
_YOU = re.compile("[你您]|\\byou", re.IGNORECASE)


def features(text: str) -> tuple[float, ...]:
    """What is known of a statement besides its vector, each 0 or 1, in the order of `FEATURES`."""
    language, plain = language_of(text), text.replace("’", "'")
    return (
        float(any(states(sentence) for sentence in sentences(text))),
        *(float(bool(pattern(name, language).search(plain))) for name in _PATTERNS),
        float(is_order(text)),
        float(is_question(text)),
        float("!" in text or "！" in text),
        float(bool(_YOU.search(text))),
    )


@dataclass(frozen=True, slots=True)
class Probe:
    """Tells preferences from other talk. `preference`: whether a statement is one; `explicit`: if so, whether it is
    stated; `twice`: whether two statements show one together."""

    preference: Linear
    explicit: Linear
    twice: Linear

    def reads(self, embedder: Embedder) -> bool:
        """Whether the vectors of an embedder are of the kind that the coefficients were made for."""
        return embedder.model.startswith(MODEL) and embedder.dimensions == len(self.preference.vector)

    def judge(self, found: Sequence[Statement], vectors: Vectors) -> list[Preference]:
        """The preferences among the statements of some neighbouring messages, in order.

        vectors: of the statements' texts as passages, shape (statements, dimensions).
        """
        if not found:
            return []
        known = np.array([features(statement.text) for statement in found], np.float32)
        sure = self.preference(vectors, known)
        stated = self.explicit(vectors, known)
        judged: dict[int, Preference] = {}
        for i, statement in enumerate(found):
            explicit = not statement.choice and (statement.stated or bool(stated[i] >= 0.5))
            if sure[i] >= _bar(statement, known[i], explicit=explicit):
                judged[i] = Preference((statement,), explicit=explicit, probability=float(sure[i]))
        taken: set[int] = set()
        for both, i, j in sorted(self._pairs(found, vectors, known), key=lambda pair: -pair[0]):
            two = i in judged and j in judged and vectors[i] @ vectors[j] < ALIKE
            if both >= TWICE and not two and not {i, j} & taken:
                taken |= {i, j}
                judged.pop(j, None)
                judged[i] = Preference((found[i], found[j]), explicit=False, probability=both)
        return [judged[i] for i in sorted(judged)]

    def _pairs(self, found: Sequence[Statement], vectors: Vectors, known: Vectors) -> Iterator[tuple[float, int, int]]:
        """How probably each two statements that may show one preference do."""
        for i, j in _neighbours(found):
            if _may_repeat(found[j], known[i], known[j]):
                yield self.together([found[i].text, found[j].text], vectors[[i, j]], known[[i, j]]), i, j

    def together(self, texts: Sequence[str], vectors: Vectors, known: Vectors) -> float:
        """How probably two statements show one preference."""
        odds = self.preference.log_odds(vectors, known)
        whole = self.preference.log_odds(*middle(vectors, known))
        beside = evidence(texts, vectors, known, np.append(odds, whole))
        return float(self.twice(vectors.mean(axis=0)[None], beside[None])[0])


def _bar(statement: Statement, known: Vector, *, explicit: bool) -> float:
    """How probably a statement must be a preference to be taken for one."""
    has = {name: bool(value) for name, value in zip(FEATURES, known.tolist(), strict=True)}
    if statement.stated:
        return STATED
    if has["fornow"] and not explicit:
        return math.inf
    if statement.choice and statement.choice.refused:
        return CHOSEN
    if named_speaker(statement.message.text):
        return AMONG_PEOPLE if explicit else math.inf
    if explicit:
        return SERVED if has["serving"] and not (has["once"] or has["order"]) else FOUND
    return math.inf if has["forced"] else SHOWN


def _may_repeat(second: Statement, one: Vector, other: Vector) -> bool:
    """Whether the wording allows that a second statement shows again what the first one showed. Two tasks show nothing,
    however alike they are."""
    order = FEATURES.index("order")
    if named_speaker(second.message.text) or (one[order] and other[order]):
        return False
    return not any(one[i] or other[i] for i in map(FEATURES.index, _PASSING))


def _neighbours(found: Sequence[Statement]) -> Iterator[tuple[int, int]]:
    """Pairs of statements, none of them outright, of one message and the user's next."""
    messages = [
        [i for i, statement in group if not statement.stated and not statement.choice]
        for _, group in itertools.groupby(enumerate(found), key=lambda item: item[1].message.id)
    ]
    for one, following in itertools.pairwise(messages):
        yield from itertools.product(one, following)


@functools.cache
def load_probe() -> Probe:
    """The one that `python -m training` made."""
    stored = json.loads(files(__package__).joinpath("preferences.json").read_text("utf-8"))
    of_one, of_two = FEATURES, names(FEATURES)
    return Probe(
        Linear.read(stored["preference"], of_one),
        Linear.read(stored["explicit"], of_one),
        Linear.read(stored["twice"], of_two),
    )
