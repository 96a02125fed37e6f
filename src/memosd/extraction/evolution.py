"""What a new memory is to a known one: a small learned judgement over a pair of texts and their vectors.

Five relations are told apart by logistic regression over features that can be read one by one: how near the two are in
meaning, which words they share and where they differ (the same sentence with another value in it), the words that tell
of change, of an end, of a lasting state or of a single occasion, and of whom they speak. The newer one's vector
adds what words do not show. `training/evolution` holds the examples and makes `evolution.json`.
"""

import functools
import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import Match, SequenceMatcher
from enum import StrEnum
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from memosd.extraction.choices import offered
from memosd.extraction.patterns import lines, pattern
from memosd.extraction.spoken import leans, replied_to, spoken, without_context
from memosd.extraction.titles import stands_alone
from memosd.language.names import names, speaker
from memosd.language.script import HAN, Language, language_of
from memosd.language.sentences import is_question, sentences, size
from memosd.language.terms import fold, simplified, terms
from memosd.ports.models import Vector

CUES = ("changed", "ended", "lasting", "occasion", "formerly", "unsure", "denied", "added", "outlook")
CHANGE, SURE = 0.4, 0.6
"""Probability from which the known memory is held to be true no more, if the words give a hint of it and if not."""
REPEAT = 0.75
"""Probability from which two memories are held to say the same."""
SENTENCES, SIZE = 2, 55
"""Sentences and tokens of a statement that can be judged as a whole."""
SIMPLE = 1
"""Sentences of one that another can take the place of: a further sentence may tell what is still true."""
MANY = 8
"""Counts as so many sentences: what several speakers say in one memory, what means little without its context, and a
picture or the like without words, which states nothing that could change."""
READ = 2_000
"""Texts whose reading is kept for the next comparison."""
ALIGNED = 64
"""Pairs of texts whose comparison word by word is kept for the next feature that asks for it."""
SAME_FORM = 0.5
"""Share of words in the same order from which two sentences are of one form."""
MAX_TOKENS = 60
"""Of each text, in the comparison of word orders, whose time grows with the product."""

_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_SCRIPT = {"en": re.compile("[a-z]"), "zh": re.compile(f"[{HAN}]")}
_TOKEN = re.compile(rf"[{HAN}]|[^\W_{HAN}]+")
_NUMBER = re.compile(r"\d+(?:[.:]\d+)*|(?<![\w])(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b")
_HAN_NUMBER = re.compile("[一二两三四五六七八九十百千万半]+(?=[^样直些起定下般切共])")
_DAYS = re.compile(r"\s?[(（][^()（）]*\b\d{4}\b[^()（）]*[)）]|[(（]\d{4}年[^()（）]*[)）]")
"""What extraction adds to relative times: it says when, and not what."""
_NOTES = re.compile(r"\[[^\[\]\n]{1,500}\]|\s")
"""What was put beside the words, such as the caption of a picture."""
_SELF = re.compile(r"(?:i|we)\b|[我咱]")
_OPENING = re.compile(r"(?:my|our)\s+(?:\w+\s+)?\w+|[我咱][们家的]*(?:[^我咱]{1,2})")
"""Where a statement about a relative names them: 'my elder sister', 我们家姐姐."""
_FORMAL = frozenset("这那此的了新旧现在今天") | frozenset(
    "the a an this that these those his her their its of new old current currently now today".split()
)
"""Words that may change in a sentence without changing what it is about."""
_VERBS = frozenset("是在住有叫为去到用改换做当姓属养学开买要") | frozenset(
    "is are was were am be been has have had will can does did went".split()
)
_FIRST = re.compile(r"\b(?:i|i'm|my|me|mine|we|our|us)\b|[我咱]")

Features = npt.NDArray[np.float64]


class Relation(StrEnum):
    """SUPERSEDES: the known one was true and now this is. RETIRES: the known one is no longer true, and nothing takes
    its place. EXTENDS, SEPARATE: both hold. REPEATS: it says the same."""

    SEPARATE = "separate"
    EXTENDS = "extends"
    REPEATS = "repeats"
    SUPERSEDES = "supersedes"
    RETIRES = "retires"


@dataclass(frozen=True, slots=True)
class Statement:
    """A text prepared for comparison, with its vector of shape (dimensions,).

    subject: the relatives it begins with, none if it begins with the speaker; None if that does not show.
    several: one sentence of it strings several facts of the speaker together.
    """

    vector: Vector
    speaker: str
    tokens: tuple[str, ...]
    terms: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]
    relatives: frozenset[int]
    subject: frozenset[int] | None
    first_person: bool
    cues: tuple[float, ...]
    size: int
    sentences: int
    several: bool
    chinese: bool

    @property
    def single(self) -> bool:
        """Whether it says one thing, as far as its form tells; only such statements can be judged as a whole."""
        return self.sentences <= SENTENCES and self.size <= SIZE

    @property
    def simple(self) -> bool:
        """Whether it says one thing only, so that it is true or not as a whole."""
        return self.single and self.sentences <= SIMPLE and not self.several

    def cue(self, name: str) -> float:
        """1 if a word of this cue stands in it, else 0. Raises `ValueError` for a cue that does not exist."""
        return self.cues[CUES.index(name)]

    @staticmethod
    def of(text: str, vector: Vector) -> "Statement":
        """text: what was said, in one line or in lines with their speakers; what an assistant answered is left out."""
        return replace(_read(text), vector=vector)


@functools.lru_cache(READ)
def _read(text: str) -> Statement:
    """What its wording tells of a statement; the vector is still missing. The neighbours of news are often the same."""
    said = spoken(text)
    talker = speaker(said[0]) or ""
    words = _DAYS.sub("", "\n".join(said)[len(talker) :].lstrip(":： "))
    crowded = leans(text) or any(speaker(line) not in (None, talker) for line in said[1:])
    wordless = not _NOTES.sub("", words)
    folded = fold(words).replace("’", "'")
    scripts = [language for language in _LANGUAGES if _SCRIPT[language].search(folded)]
    return Statement(
        vector=np.empty(0, np.float32),
        speaker=fold(talker),
        tokens=tuple(_TOKEN.findall(folded)[:MAX_TOKENS]),
        terms=frozenset(terms(words)),
        numbers=frozenset((*_NUMBER.findall(folded), *_HAN_NUMBER.findall(folded))),
        names=frozenset(fold(entity.name) for entity in names(words)),
        relatives=_named(folded),
        subject=_subject(folded),
        first_person=bool(_FIRST.search(folded)),
        cues=tuple(float(any(_cue(cue, script).search(folded) for script in scripts)) for cue in CUES),
        size=size(words),
        several=bool(facts(words)),
        sentences=len(sentences(words)) + MANY * (crowded or wordless),
        chinese=language_of(words) == "zh",
    )


def facts(sentence: str) -> tuple[str, ...]:
    """Where a sentence strings several facts of its speaker together, the pieces that tell one each; else nothing."""
    plain = simplified(sentence).replace("’", "'")
    further = pattern("evolution/another", language_of(sentence))
    cuts = [match.start() for match in further.finditer(plain)]
    ends = itertools.pairwise([0, *cuts, len(sentence)])
    return tuple(sentence[a:b].strip(" ,，;；、") for a, b in ends) if cuts else ()


@functools.cache
def _cue(name: str, language: Language) -> re.Pattern[str]:
    return pattern(f"evolution/{name}", language)


def _named(text: str) -> frozenset[int]:
    if not any(pattern("evolution/relatives", language).search(text) for language in _LANGUAGES):
        return frozenset()
    return frozenset(i for i, kin in enumerate(_relatives()) if kin.search(text))


def _subject(text: str) -> frozenset[int] | None:
    opening = _OPENING.match(text)
    if opening and (named := _named(opening[0])):
        return named
    return frozenset() if _SELF.match(text) else None


@functools.cache
def _relatives() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(line) for language in _LANGUAGES for line in lines("evolution/relatives", language))


def compare(old: Statement, new: Statement) -> dict[str, float]:
    """The features of a pair by name; most lie between 0 and 1."""
    cosine = float(old.vector @ new.vector)
    shared = len(old.terms & new.terms)
    found = {
        "cosine": cosine,
        "cosine squared": cosine * cosine,
        "shared of old": shared / max(1, len(old.terms)),
        "shared of new": shared / max(1, len(new.terms)),
        "shared of both": shared / max(1, len(old.terms | new.terms)),
        "numbers differ": float(bool(old.numbers and new.numbers) and not old.numbers & new.numbers),
        "numbers same": float(bool(old.numbers) and old.numbers == new.numbers),
        "names shared": float(bool(old.names & new.names)),
        "names differ": float(bool(old.names and new.names) and not old.names & new.names),
        "names of old only": float(bool(old.names) and not new.names),
        "names of new only": float(bool(new.names) and not old.names),
        "relatives shared": float(bool(old.relatives & new.relatives)),
        "relatives differ": float(bool(old.relatives and new.relatives) and not old.relatives & new.relatives),
        "relatives of old only": float(bool(old.relatives - new.relatives)),
        "relatives of new only": float(bool(new.relatives - old.relatives)),
        "first person of old": float(old.first_person),
        "first person of new": float(new.first_person),
        "first person of one": float(old.first_person != new.first_person),
        "speakers named": float(bool(old.speaker)),
        "speakers differ": float(old.speaker != new.speaker),
        "size of old": min(old.size, 80) / 40,
        "size of new": min(new.size, 80) / 40,
        "new is longer": (new.size - old.size) / max(1, new.size + old.size),
        "chinese": float(new.chinese),
        "languages differ": float(old.chinese != new.chinese),
    }
    found |= _order(old.tokens, new.tokens)
    for cue, was, now in zip(CUES, old.cues, new.cues, strict=True):
        found |= {f"{cue} in old": was, f"{cue} in new": now, f"{cue} in new, near": now * cosine}
        found[f"{cue} in both"] = was * now
    found["same words, numbers differ"] = found["alike"] * found["numbers differ"]
    found["same words, names differ"] = found["alike"] * found["names differ"]
    return found | _matter(old, new)


def _matter(old: Statement, new: Statement) -> dict[str, float]:
    """Whether both tell of one matter: who begins each, and what cues stand beside the words that they share."""
    shared = len(old.terms & new.terms) / max(1, len(old.terms))
    turned = max(new.cue("changed"), new.cue("ended"))
    agreed = old.subject is not None and old.subject == new.subject
    found = {f"{cue} in new, shared": now * shared for cue, now in zip(CUES, new.cues, strict=True)}
    return found | {
        "subjects may agree": float(same_subject(old, new)),
        "subjects agree": float(agreed),
        "subjects agree, near": float(agreed) * float(old.vector @ new.vector),
        "subject of old told": float(old.subject is not None),
        "subject of new told": float(new.subject is not None),
        "relative begins old": float(bool(old.subject)),
        "relative begins new": float(bool(new.subject)),
        "same first word": float(old.tokens[:1] == new.tokens[:1]),
        "any word shared": float(shared > 0),
        "shared of old, squared": shared * shared,
        "names shared, turned": float(bool(old.names & new.names)) * turned,
        "numbers in old": float(bool(old.numbers)),
        "numbers in new": float(bool(new.numbers)),
        "numbers differ, shared": float(bool(old.numbers and new.numbers) and not old.numbers & new.numbers) * shared,
    }


def hinted(old: Statement, new: Statement) -> bool:
    """Whether the words themselves give reason to think of a change: the new ones speak of it, or both are one sentence
    with another value in it. A guard: without it, what is only near in meaning would be taken for a new version."""
    if new.cue("changed") or new.cue("ended"):
        return True
    order = _order(old.tokens, new.tokens)
    return order["alike"] >= 0.5 and order["gaps"] <= 0.4


def same_subject(old: Statement, new: Statement) -> bool:
    """Whether both may be about one person: not where one begins with the speaker, or with a relative, and the other
    with somebody whom the first does not name."""
    if old.subject is None or new.subject is None or old.subject == new.subject:
        return True
    return bool(old.subject & new.relatives) or bool(new.subject & old.relatives)


def other_subject(old: Statement, new: Statement) -> bool:
    """Whether two sentences of one form tell of two things, as 'order 17 went to Oslo' and 'order 18 went to Lima' do:
    before any verb stands another number in one than in the other, or other words there and again further on. Where the
    place that differs has a verb in it ('has been set to' and 'rose to'), it is no subject.

    Where only one place differs, it may be the value ('Ines is the treasurer'): the judge decides.
    """
    order = _aligned(old.tokens, new.tokens)
    if order.alike < SAME_FORM:
        return False
    gaps = [
        (a, set(old.tokens[a:b]), set(new.tokens[c:d]))
        for tag, a, b, c, d in order.opcodes
        if tag == "replace" and not _FORMAL.issuperset((*old.tokens[a:b], *new.tokens[c:d]))
    ]
    if not gaps:
        return False
    start, was, now = gaps[0]
    if any(_is_verb(token) or _FIRST.fullmatch(token) for token in old.tokens[:start]):
        return False
    if any(token in _VERBS or _FIRST.fullmatch(token) for token in (*was, *now)):
        return False
    numbered = any(_NUMBER.fullmatch(token) for token in was) and any(_NUMBER.fullmatch(token) for token in now)
    return numbered or len(gaps) > 1


def _is_verb(token: str) -> bool:
    """By a list of the commonest, or by its ending; a plural taken for a verb only makes the guard milder."""
    return token in _VERBS or (len(token) > 3 and token.isascii() and token.endswith(("ed", "s")))


def compatible(old: Statement, new: Statement) -> bool:
    """Whether both can say the same: no other number or name stands in one than in the other."""
    names_agree = not (old.names and new.names) or bool(old.names & new.names)
    return names_agree and (not (old.numbers and new.numbers) or bool(old.numbers & new.numbers))


def same_words(known: str, new: str) -> bool:
    """Whether both say the same in the same words: also in reply to another thing, if they tell enough without it, and
    it neither asked nor offered anything."""
    if known == new:
        return True
    words, replied = without_context(known), (*replied_to(known), *replied_to(new))
    if words != without_context(new) or any(is_question(said) or len(offered(said)) > 1 for said in replied):
        return False
    return stands_alone("\n".join(spoken(words)))


@dataclass(frozen=True, slots=True)
class _Alignment:
    """Where two sequences of tokens agree, and how one becomes the other: see `SequenceMatcher`."""

    alike: float
    blocks: Sequence[Match]
    opcodes: Sequence[tuple[str, int, int, int, int]]


@functools.lru_cache(ALIGNED)
def _aligned(old: tuple[str, ...], new: tuple[str, ...]) -> _Alignment:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    alike = 2 * sum(block.size for block in blocks) / max(1, len(old) + len(new))
    return _Alignment(alike, blocks, matcher.get_opcodes())


def _order(old: tuple[str, ...], new: tuple[str, ...]) -> dict[str, float]:
    """Where two sentences that share words differ: a value at the end or a subject at the beginning."""
    order = _aligned(old, new)
    alike, blocks = order.alike, order.blocks
    longest = max((block.size for block in blocks), default=0)
    shortest = max(1, min(len(old), len(new)))
    head = bool(blocks) and blocks[0].a == 0 and blocks[0].b == 0
    tail = bool(blocks) and blocks[-1].a + blocks[-1].size == len(old) and blocks[-1].b + blocks[-1].size == len(new)
    gaps = sum(1 for tag, *_ in order.opcodes if tag == "replace")
    return {
        "alike": alike,
        "longest run": longest / shortest,
        "same beginning": float(head),
        "same beginning, alike": float(head) * alike,
        "same end": float(tail),
        "same end, alike": float(tail) * alike,
        "one gap": float(gaps == 1),
        "one gap at the end": float(gaps == 1 and head and not tail) * alike,
        "gaps": min(gaps, 5) / 5,
        "gaps, alike": min(gaps, 5) / 5 * alike,
        "other beginning, alike": float(not head) * alike,
        "insertion only": float(gaps == 0 and alike > 0.5),
    }


@functools.cache
def feature_names() -> tuple[str, ...]:
    nothing = Statement.of("", np.zeros(1, np.float32))
    return tuple(compare(nothing, nothing))


@dataclass(frozen=True, slots=True)
class Judge:
    """The fitted model. weights: shape (1 + features + dimensions, relations), the bias in the first row."""

    weights: npt.NDArray[np.float64]

    @classmethod
    @functools.cache
    def load(cls) -> "Judge":
        fitted = json.loads(files(__package__).joinpath("evolution.json").read_text(encoding="utf-8"))
        names = feature_names()
        columns = [
            [row["bias"], *(row["features"][name] for name in names), *row["new"]]
            for row in (fitted[relation.value] for relation in Relation)
        ]
        return cls(np.array(columns).T)

    def __call__(self, olds: Sequence[Statement], new: Statement) -> list[dict[Relation, float]]:
        """What the new statement is to each of the old ones: the probability of each relation."""
        if not olds:
            return []
        features = np.array([list(compare(old, new).values()) for old in olds])
        logits = self.weights[0] + features @ self.weights[1 : 1 + features.shape[1]]
        if len(self.weights) == 1 + features.shape[1] + len(new.vector):
            logits = logits + new.vector @ self.weights[1 + features.shape[1] :]
        grown = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = grown / grown.sum(axis=1, keepdims=True)
        return [dict(zip(Relation, row, strict=True)) for row in shares.tolist()]
