"""Makes `memosd/retrieval/succession.json`: of two memories that a question brings forward, does the newer one succeed?

The examples are small memories in which a question is asked. Those made of `training/evolution/matters.*.txt` hold how
a matter was, mostly what took its place, what was told beside it, and other matters; what evolution says of a pair is
then the word of a judge that has not seen the matter. In those made of `training/recall`, whose facts have got days at
random, and of sentences of one form about many subjects, nothing takes the place of anything but where the sentence
says so.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from memosd.domain.messages import Role
from memosd.extraction import wording
from memosd.extraction.evolution import Judge
from memosd.extraction.resolve import compared
from memosd.language.script import Language
from memosd.ports.storage import Ranked
from memosd.retrieval import succession
from memosd.retrieval.adapter import Adapter
from memosd.retrieval.features import rarity
from memosd.retrieval.question import understand
from memosd.retrieval.relevance import Relevance
from memosd.retrieval.score import score
from memosd.retrieval.succession import FEATURES, pairs
from training.evolution.train import FOLDS, Matter, judges, matters
from training.logistic import Floats, fit
from training.recall.frames import framed
from training.recall.memories import DAY, Asked, Pool, examples, framed_pools, pool_of, pools, ranked, telling
from training.recall.seeking import taught
from training.report import Embed, Report

SEED = 11
RIDGE = 5.0
PER_QUESTION, PER_FRAME = 3, 24
"""Memories made for each question about a matter, and of each form of sentence."""
CHANGED, ENDED = 0.72, 0.13
"""Share of the memories about a matter in which something takes its place, and in which it ends."""
OTHERS = (3, 12)
"""Other matters told beside one."""
TOLD_TOO = 0.3
"""Share of the other matters of which something newer is told, and of those of which something beside it is."""
SPAN = 110.0
"""Days over which things are told."""
LARGEST = 80
"""Memories in the largest of the pools of `training/recall` that are used."""
SUBJECTS, BESIDE = 10, 3
"""Of a form of sentence: subjects told of, and sentences of other forms about the one asked for."""
_ASKING: Mapping[Language, Sequence[str]] = {
    "en": ("What about {s}?", "{s}", "What do you know about {s} now?", "How do things stand with {s}?"),
    "zh": ("{s}现在怎么样？", "{s}", "{s}的情况？", "{s}是什么情况来着？"),
}
_DIGITS = 3
Chosen = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence of a small memory. matter: which it is about; new: whether it tells of that anew."""

    text: str
    day: float
    matter: int | str
    new: bool | None = None
    """None: it tells something beside the matter."""


@dataclass(frozen=True, slots=True)
class Example:
    """A pair of candidates as the search sees it."""

    features: Mapping[str, float]
    succeeds: bool
    fold: int
    language: Language
    source: str


@dataclass(frozen=True, slots=True)
class _Reader:
    """Sentences to ranked memories and questions to answers, as when searching."""

    embed: Embed
    relevance: Relevance
    unseen: Sequence[Adapter]
    """Adapters that have not seen a fold each."""

    def memories(self, told: Sequence[Told]) -> list[Ranked]:
        texts = [wording.line(Role.USER, each.text) for each in told]
        vectors = self.embed(texts, "passage")
        found = [ranked(n, text, vector) for n, (text, vector) in enumerate(zip(texts, vectors, strict=True))]
        return [_dated(each, one.day) for each, one in zip(found, told, strict=True)]

    def asked(self, question: str) -> Asked:
        understood = understand(question, asked_at=DAY)
        [vector] = self.embed([understood.matter], "query")
        return Asked(understood, vector, 0, near=False)

    def pairs(self, pool: Pool, fold: int, judge: Judge | None) -> list[tuple[Ranked, Ranked, Mapping[str, float]]]:
        """fold: what the adapter of questions must not have seen. judge: None for the trained one."""
        asked = pool.asked
        weights = rarity(pool.total, pool.frequencies, asked.question.terms)
        scored = score(
            pool.candidates,
            asked.question,
            asked.vector,
            weights,
            total=pool.total,
            conversation=None,
            relevance=replace(self.relevance, adapter=self.unseen[fold]),
        )
        found = pairs(scored, asked.question, asked.vector, partial(compared, judge=judge))
        return [(scored[each.old].ranked, scored[each.new].ranked, each.features) for each in found]

    def examples(self, pool: Pool, told: Sequence[Told], judge: Judge | None, fold: int, source: str) -> list[Example]:
        found = []
        for old, new, features in self.pairs(pool, fold, judge):
            was, now = (told[int(each.memory.id)] for each in (old, new))
            succeeds = was.matter == now.matter and was.new is False and now.new is True
            found.append(Example(features, succeeds, fold, pool.asked.question.language, source))
        return found


def train(embed: Embed) -> Report:
    """Write the coefficients; the figures are of models that had not seen the matter, the fact or the form of sentence.
    Of matters, nor had the judge of evolution; it had seen the forms."""
    reader = _Reader(embed, Relevance.load(), taught(embed).unseen)
    found = [*_of_matters(reader), *_of_facts(reader), *_of_frames(reader)]
    rows = np.array([[each.features[name] for name in FEATURES] for each in found])
    truth = np.array([each.succeeds for each in found])
    spread = rows.std(axis=0) + 1e-9
    scaled = (rows - rows.mean(axis=0)) / spread
    model = fit(scaled, truth, ridge=RIDGE)
    weights = model.weights / spread
    learnt: dict[str, Any] = {
        "bias": round(model.bias - float(rows.mean(axis=0) @ weights), _DIGITS),
        "weights": dict(zip(FEATURES, np.round(weights, _DIGITS).tolist(), strict=True)),
    }
    target = Path(succession.__file__).with_name("succession.json")
    target.write_text(json.dumps(learnt, indent=1) + "\n", encoding="utf-8")
    fold = np.array([each.fold for each in found])
    believed = np.zeros(len(found))
    for each in range(FOLDS):
        unseen = fold == each
        believed[unseen] = fit(scaled[~unseen], truth[~unseen], ridge=RIDGE)(scaled[unseen])
    return _report(found, believed, truth)


def _of_matters(reader: _Reader) -> Iterator[Example]:
    chance = np.random.default_rng(SEED)
    every = list(enumerate(matters()))
    of_fold = judges(reader.embed)
    for number, matter in every:
        others = [each for each in every if each[1].language == matter.language and each[0] != number]
        for question in matter.asked:
            asked = reader.asked(question)
            for _ in range(PER_QUESTION):
                told = _telling(number, matter, others, chance)
                fold = number % FOLDS
                yield from reader.examples(
                    pool_of(asked, "answered", reader.memories(told)), told, of_fold[fold], fold, "matters"
                )


def _telling(
    number: int, matter: Matter, others: Sequence[tuple[int, Matter]], chance: np.random.Generator
) -> list[Told]:
    """One matter among others, in no order."""
    start = float(chance.uniform(0, SPAN / 3))
    later = start + float(chance.uniform(3, SPAN - SPAN / 3))
    told = [Told(str(chance.choice(matter.was)), start, number, new=False)]
    share = float(chance.random())
    if share < CHANGED:
        told.append(Told(str(chance.choice(matter.becomes)), later, number, new=True))
    elif share < CHANGED + ENDED:
        told.append(Told(str(chance.choice(matter.ends or matter.becomes)), later, number, new=True))
    beside = chance.permutation(len(matter.beside))[: int(chance.integers(0, len(matter.beside)))]
    told += [Told(matter.beside[n], float(chance.uniform(0, SPAN)), number) for n in beside.tolist()]
    for n in chance.permutation(len(others))[: int(chance.integers(*OTHERS))].tolist():
        which, other = others[n]
        day = float(chance.uniform(0, SPAN / 2))
        told.append(Told(str(chance.choice(other.was)), day, which, new=False))
        if chance.random() < TOLD_TOO:
            told.append(Told(str(chance.choice(other.becomes)), day + float(chance.uniform(3, 50)), which, new=True))
        if chance.random() < TOLD_TOO:
            told.append(Told(str(chance.choice(other.beside)), float(chance.uniform(0, SPAN)), which))
    return [told[n] for n in chance.permutation(len(told)).tolist()]


def _of_facts(reader: _Reader) -> Iterator[Example]:
    """Facts that stand side by side, whatever is asked of them."""
    chance = np.random.default_rng(SEED)
    facts = framed(seed=SEED)
    asked = [
        replace(reader.asked(phrase.text), fact=n, near=i >= len(each.ask))
        for n, each in enumerate(facts)
        for i, phrase in enumerate((*each.ask, *each.near))
    ]
    told = reader.embed([telling(each) for each in facts], "passage")
    for source, made in (
        ("facts", pools(examples(reader.embed, seed=SEED), seed=SEED)),
        ("framed facts", framed_pools(facts, asked, told, seed=SEED)),
    ):
        for pool in made:
            if pool.total > LARGEST:
                continue
            dated = [_dated(each, float(chance.uniform(0, SPAN))) for each in pool.candidates]
            language = pool.asked.question.language
            fold = pool.asked.fact % FOLDS
            for _, _, features in reader.pairs(replace(pool, candidates=dated), fold, None):
                yield Example(features, False, fold, language, source)


def _of_frames(reader: _Reader) -> Iterator[Example]:
    """Sentences of one form about many subjects, of which one is asked about and, at times, told anew; beside them,
    sentences of other forms about the same subject."""
    chance = np.random.default_rng(SEED)
    path = Path(__file__).parents[1] / "evolution" / "frames.jsonl"
    frames = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
    for number, frame in enumerate(frames):
        others = [each for each in frames if each is not frame and each["language"] == frame["language"]]
        forms = frame["states"] + frame["changes"]
        for n in range(PER_FRAME):
            first, *rest = (str(each) for each in chance.permutation(frame["subjects"])[:SUBJECTS])
            told = [
                Told(_filled(chance, forms, subject, frame["values"]), float(chance.uniform(0, SPAN)), subject, False)
                for subject in (first, *rest)
            ]
            if n % 2 == 0 and frame["changes"] and "unrelated" not in frame:
                told.append(Told(_filled(chance, frame["changes"], first, frame["values"]), SPAN + 1, first, True))
            for other in chance.permutation(len(others))[:BESIDE].tolist():
                states, values, subjects = (others[other][name] for name in ("states", "values", "subjects"))
                text = _filled(chance, states, *((first, values) if chance.random() < 0.5 else (subjects[0], [first])))
                told.append(Told(text, float(chance.uniform(0, SPAN)), first))
            asking = (
                *_ASKING[frame["language"]],
                *(state.format(s="{s}", v="").strip(" ,.。") for state in frame["states"]),
            )
            pool = pool_of(reader.asked(str(chance.choice(asking)).format(s=first)), "answered", reader.memories(told))
            yield from reader.examples(pool, told, None, number % FOLDS, "one form")


def _filled(chance: np.random.Generator, forms: Sequence[str], subject: str, values: Sequence[str]) -> str:
    form, value = chance.choice(forms), chance.choice(values)
    return str(form).format(s=subject, v=value)


def _dated(memory: Ranked, day: float) -> Ranked:
    content = replace(memory.memory.content, said_at=DAY + timedelta(days=day))
    return replace(memory, memory=replace(memory.memory, content=content))


def _report(found: Sequence[Example], believed: Floats, truth: Chosen) -> Report:
    rows: list[dict[str, str | int | float]] = []
    source = np.array([each.source for each in found])
    spoken = np.array([each.language for each in found])
    for language in ("zh", "en"):
        for kind in ("matters", "one form", "facts", "framed facts"):
            chosen = (source == kind) & (spoken == language)
            sure = believed[chosen] >= 0.5
            right = truth[chosen]
            rows.append(
                {
                    "language": language,
                    "memories": kind,
                    "pairs": int(chosen.sum()),
                    "successors": int(right.sum()),
                    "over 0.5: precision": round(float(right[sure].mean()), 3) if right.any() else "",
                    "over 0.5: recall": round(float(sure[right].mean()), 3) if right.any() else "",
                    "others over 0.5": round(float(sure[~right].mean()), 4),
                }
            )
    return Report("succession", rows)
