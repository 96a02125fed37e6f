"""Memories made of the example facts, and small memories ("pools") of one owner in which questions are asked.

A fact is told in three ways: alone, in a round with another one as the answer, and as one of three in one message. So a
memory about several things, whose vector is blurred, is learnt from as well as a short one.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Kind, Memory
from memosd.domain.messages import Role
from memosd.domain.scope import Owner
from memosd.extraction import wording
from memosd.language.names import names
from memosd.language.script import Language, language_of
from memosd.language.terms import terms
from memosd.ports.models import Vector, Vectors
from memosd.ports.storage import Ranked
from memosd.retrieval.question import Question, understand
from training.recall.frames import Framed, may_answer
from training.report import Embed

LANGUAGES: tuple[Language, ...] = ("zh", "en")
POOLS_PER_QUESTION = 2
SIZES = (5, 20, 80, 300)
"""Memories in a pool."""
TELLINGS = ((1, 0.5), (2, 0.25), (3, 0.25))
"""How many facts a memory holds, and in which share of the pools."""
MIXED = 0.3
"""Share of the pools that hold both languages."""
GONE = 0.4
"""Of the further pools of a question with an answer, the share from which the answer is taken away."""
PROPOSED = 40
"""Memories that the vectors, and as many that the words, propose of a large pool, as when searching."""
FRAMED_SIZES = (5, 5, 5, 10)
FRAMED_GONE = 0.15
"""The same of the facts made of frames: the small memories in which short questions are asked."""
DAY = datetime(2026, 3, 2, tzinfo=UTC)
Truth = Literal["answered", "near", "gone"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of an example. `near`: it is about the fact's matter, but the fact does not answer it."""

    question: Question
    vector: Vector
    fact: int
    near: bool


@dataclass(frozen=True, slots=True)
class Pool:
    """A question asked of some memories: `total` in reach, of which `candidates` are proposed."""

    asked: Asked
    truth: Truth
    candidates: Sequence[Ranked]
    frequencies: dict[str, int]
    total: int


@dataclass(frozen=True, slots=True)
class Examples:
    """languages: of each fact. memories: for each telling, all of its memories and the number of each fact's own."""

    facts: Sequence[str]
    languages: Sequence[Language]
    asked: Sequence[Asked]
    memories: Sequence[tuple[Sequence[Ranked], Sequence[int]]]


def examples(embed: Embed, *, seed: int) -> Examples:
    languages: list[Language] = []
    facts: list[str] = []
    questions: list[tuple[str, int, bool]] = []
    for language in LANGUAGES:
        for line in Path(__file__).with_name(f"{language}.jsonl").read_text("utf-8").splitlines():
            example = json.loads(line)
            questions += [(text, len(facts), False) for text in (*example["ask"], example["cross"])]
            questions += [(text, len(facts), True) for text in example["near"]]
            languages.append(language)
            facts.append(example["fact"])
    vectors = embed([text for text, _, _ in questions], "query")
    asked = [
        Asked(understand(text, asked_at=DAY), vector, fact, near)
        for (text, fact, near), vector in zip(questions, vectors, strict=True)
    ]
    rng = np.random.default_rng(seed)
    return Examples(facts, languages, asked, [_tell(facts, languages, size, embed, rng) for size, _ in TELLINGS])


def _tell(
    facts: Sequence[str], languages: Sequence[Language], size: int, embed: Embed, rng: np.random.Generator
) -> tuple[list[Ranked], list[int]]:
    texts: list[str] = []
    own = [0] * len(facts)
    for language in LANGUAGES:
        order = rng.permutation([i for i, spoken in enumerate(languages) if spoken == language]).tolist()
        for start in range(0, len(order), size):
            group = order[start : start + size]
            for fact in group:
                own[fact] = len(texts)
            texts.append(_told([facts[fact] for fact in group], language))
    vectors = embed(texts, "passage")
    return [ranked(n, text, vector) for n, (text, vector) in enumerate(zip(texts, vectors, strict=True))], own


def _told(facts: Sequence[str], language: Language) -> str:
    if len(facts) == 2:
        return "\n".join(
            wording.line(role, fact, language=language)
            for role, fact in zip((Role.USER, Role.ASSISTANT), facts, strict=True)
        )
    return wording.line(Role.USER, " ".join(facts), language=language)


def ranked(number: int, text: str, vector: Vector) -> Ranked:
    content = Content(
        Kind.FACT, "", text, DAY, keys=(text,), terms=tuple(terms(text)), entities=names(text),
        language=language_of(text),
    )  # fmt: skip
    memory = Memory(MemoryId(str(number)), ProjectId("p"), Owner.user("u"), "u", "c", content, DAY, DAY)
    return Ranked(memory, vector[None], frozenset(content.terms))


def pools(given: Examples, *, seed: int) -> Iterator[Pool]:
    """Every question, asked of `POOLS_PER_QUESTION` pools of random size."""
    rng = np.random.default_rng(seed)
    shares = [share for _, share in TELLINGS]
    for asked in given.asked:
        for n in range(POOLS_PER_QUESTION):
            memories, own = given.memories[int(rng.choice(len(TELLINGS), p=shares))]
            mine = memories[own[asked.fact]]
            mixed, size = rng.random() < MIXED, int(rng.choice(SIZES))
            others = [
                m for m in memories
                if m is not mine and (mixed or m.memory.content.language == mine.memory.content.language)
            ]  # fmt: skip
            chosen = [others[i] for i in rng.permutation(len(others))[: size - 1].tolist()]
            gone = not asked.near and n > 0 and rng.random() < GONE
            pool = chosen if gone else [mine, *chosen]
            yield pool_of(asked, "near" if asked.near else "gone" if gone else "answered", pool)


def framed_pools(given: Sequence[Framed], asked: Sequence[Asked], told: Vectors, *, seed: int) -> Iterator[Pool]:
    """Every question of the frames, asked of one pool of other framed facts that do not answer it, and mostly its own.

    asked: for each fact its questions, those that it answers first. told: the facts' vectors.
    """
    rng = np.random.default_rng(seed)
    memories = [ranked(n, telling(each), vector) for n, (each, vector) in enumerate(zip(given, told, strict=True))]
    phrases = [phrase for each in given for phrase in (*each.ask, *each.near)]
    for one, phrase in zip(asked, phrases, strict=True):
        mine = given[one.fact]
        gone = not one.near and rng.random() < FRAMED_GONE
        pool = [] if gone else [memories[one.fact]]
        size = int(rng.choice(FRAMED_SIZES))
        for other in rng.permutation(len(given)).tolist():
            if len(pool) == size:
                break
            each = given[other]
            if other != one.fact and each.language == mine.language and not may_answer(each.fact, phrase):
                pool.append(memories[other])
        yield pool_of(one, "near" if one.near else "gone" if gone else "answered", pool)


def telling(framed: Framed) -> str:
    return wording.line(Role.USER, framed.fact.text, language=framed.language)


def pool_of(asked: Asked, truth: Truth, memories: Sequence[Ranked]) -> Pool:
    words = frozenset(asked.question.terms)
    shared = [words & m.words for m in memories]
    frequencies = {term: sum(term in found for found in shared) for term in words}
    near = np.argsort(-np.array([float(m.vectors[0] @ asked.vector) for m in memories]), kind="stable")[:PROPOSED]
    alike = np.argsort([-sum(1 / frequencies[term] for term in found) for found in shared], kind="stable")[:PROPOSED]
    proposed = sorted({*near.tolist(), *(i for i in alike.tolist() if shared[i])})
    return Pool(asked, truth, [memories[i] for i in proposed], frequencies, len(memories))
