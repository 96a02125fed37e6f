"""Learns the adapter of questions: their vectors are turned until each is nearer to its answers than to all else said.

Contrastive: the loss of a question is the cross entropy of its answers among everything told, by cosine over a
temperature (A. van den Oord and others: Representation Learning with Contrastive Predictive Coding, arXiv:1807.03748).
Besides the facts and questions of this part it learns from those of `training/evolution`: how a matter stands is asked,
and what is told beside it and leaves it as it was is no answer.
"""

import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memosd.domain.messages import Role
from memosd.extraction import wording
from memosd.language.script import Language
from memosd.ports.models import Vectors
from memosd.retrieval import adapter
from memosd.retrieval.adapter import Adapter
from memosd.retrieval.question import understand
from memosd.retrieval.relevance import Relevance
from training.evolution.train import FOLDS, matters
from training.logistic import Chosen
from training.recall.memories import DAY, LANGUAGES, Examples, examples
from training.recall.requests import Requests, learnt_requests
from training.report import Embed, Report

SEED = 7
DIGITS = 4
RANK = 16
TEMPERATURE = 0.05
RIDGE = 0.03
RATE, MOMENTUM, STEPS = 0.05, 0.9, 40
"""Of the descent, which begins with no adapter at all. These were chosen by the cross-validated figures; where several
did as well, by how near vectors alone come to the evidence of long conversations: twice the steps lose a part there."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """Questions and what was told, each of a group: a fact, or a matter. questions, told: vectors of length 1. answers:
    which of `told` answer the questions of their group. facts: groups that are facts; those after them are matters."""

    questions: Vectors
    asked_of: npt.NDArray[np.intp]
    told: Vectors
    told_of: npt.NDArray[np.intp]
    answers: Chosen
    languages: Sequence[Language]
    facts: int


@dataclass(frozen=True, slots=True)
class Taught:
    """adapter: learnt of everything; unseen: of all but a fold of the groups each, by the number
    of the fact or the matter, so that the judges of evolution and the adapters leave out the same matters."""

    examples: Examples
    requests: Requests
    lessons: Lessons
    adapter: Adapter
    unseen: Sequence[Adapter]

    @property
    def relevance(self) -> Relevance:
        """What is known of a question before its answers are judged."""
        return replace(self.requests.relevance, adapter=self.adapter)

    def relevance_without(self, number: int) -> Relevance:
        """The same, learnt without the fact, and without the matter, of this number."""
        return replace(self.requests.relevance, adapter=self.unseen[number % FOLDS])


@functools.cache
def taught(embed: Embed) -> Taught:
    """Learnt once for all parts that need it."""
    given = examples(embed, seed=SEED)
    requests = learnt_requests(embed, given)
    every = lessons(embed, given, requests.relevance)
    fold = np.concatenate([np.arange(count) % FOLDS for count in (every.facts, len(every.languages) - every.facts)])
    unseen = [learnt_adapter(every, fold != each) for each in range(FOLDS)]
    return Taught(given, requests, every, learnt_adapter(every, fold >= 0), unseen)


def lessons(embed: Embed, given: Examples, blank: Relevance) -> Lessons:
    """The facts first, in the order in which they are numbered. blank: takes out what requests have in common."""
    asked = [(one.question.matter, one.fact, one.question.language) for one in given.asked if not one.near]
    told = [(text, fact, True) for fact, text in enumerate(given.facts)]
    languages = list(given.languages)
    for matter in matters():
        group = len(languages)
        languages.append(matter.language)
        asked += [(understand(text, asked_at=DAY).matter, group, matter.language) for text in matter.asked]
        told += [(text, group, True) for text in (*matter.was, *matter.becomes)]
        told += [(text, group, False) for text in matter.beside]
    texts = [wording.line(Role.USER, text, language=languages[group]) for text, group, _ in told]
    vectors = embed([text for text, _, _ in asked], "query")
    sought = [blank.sought(vector, spoken) for vector, (_, _, spoken) in zip(vectors, asked, strict=True)]
    return Lessons(
        np.array([each / np.linalg.norm(each) for each in sought], np.float32),
        np.array([group for _, group, _ in asked]),
        embed(texts, "passage").astype(np.float32),
        np.array([group for _, group, _ in told]),
        np.array([right for _, _, right in told]),
        languages,
        len(given.facts),
    )


def learnt_adapter(given: Lessons, groups: Chosen) -> Adapter:
    """What is learnt of these groups."""
    questions, told = groups[given.asked_of], groups[given.told_of]
    asked_of, told_of = given.asked_of[questions], given.told_of[told]
    x, said = given.questions[questions], given.told[told]
    right = (told_of[None] == asked_of[:, None]) & given.answers[told]
    wanted = (right / right.sum(axis=1, keepdims=True)).astype(np.float32)
    # A matter is asked about in several ways: together they count little more than the question of one fact.
    counts = np.bincount(asked_of, minlength=len(groups))[asked_of] ** -0.5
    weight = (counts / counts.sum() / TEMPERATURE).astype(np.float32)[:, None]
    change = np.zeros((x.shape[1], x.shape[1]), np.float32)
    speed = np.zeros_like(change)
    for _ in range(STEPS):
        turned = x + x @ change
        lengths = np.linalg.norm(turned, axis=1, keepdims=True)
        turned /= lengths
        slope = weight * (_softmax(turned @ said.T / TEMPERATURE) - wanted) @ said
        slope = (slope - (slope * turned).sum(axis=1, keepdims=True) * turned) / lengths
        speed = MOMENTUM * speed + x.T @ slope + RIDGE * change
        change -= np.float32(RATE) * speed
    columns, sizes, rows = np.linalg.svd(change.astype(np.float64))
    root = np.sqrt(sizes[:RANK])[:, None]
    return Adapter((root * columns.T[:RANK]).astype(np.float32), (root * rows[:RANK]).astype(np.float32))


def train(embed: Embed) -> Report:
    """Writes `adapter.json`."""
    given = taught(embed)
    learnt = {name: np.round(np.float64(rows), DIGITS).tolist() for name, rows in asdict(given.adapter).items()}
    Path(adapter.__file__).with_name("adapter.json").write_text(json.dumps(learnt) + "\n", encoding="utf-8")
    return _report(given)


def _report(given: Taught) -> Report:
    """What the adapter changes, of one that has not seen the fact or the matter. The rank is that of a question's best
    answer among all that is told in its language of other groups."""
    fold = np.arange(len(given.lessons.languages))
    fold = np.where(fold < given.lessons.facts, fold, fold - given.lessons.facts) % FOLDS
    plain = [each for n in range(FOLDS) for each in _found(given.lessons, None, fold == n)]
    adapted = [each for n in range(FOLDS) for each in _found(given.lessons, given.unseen[n], fold == n)]
    rows: list[dict[str, str | int | float]] = []
    for language in LANGUAGES:
        for name, matter in (("facts", False), ("matters", True)):
            row: dict[str, str | int | float] = {"language": language, "questions about": name}
            for how, found in (("as embedded", plain), ("adapted", adapted)):
                mine = [each for each in found if (each.language, each.matter) == (language, matter)]
                row["number"] = len(mine)
                row[f"MRR {how}"] = round(float(np.mean([each.reciprocal_rank for each in mine])), 3)
                beside = [each.nearer for each in mine if each.nearer is not None]
                row[f"nearer than what is beside it, {how}"] = round(float(np.mean(beside)), 3) if beside else ""
            rows.append(row)
    return Report("seeking", rows)


@dataclass(frozen=True, slots=True)
class _Found:
    """nearer: the share of what is told beside its matter that the answers of a question are nearer than."""

    language: Language
    matter: bool
    reciprocal_rank: float
    nearer: float | None


def _found(given: Lessons, adapted: Adapter | None, groups: Chosen) -> Iterator[_Found]:
    spoken = np.array(given.languages)[given.told_of]
    for number in np.flatnonzero(groups[given.asked_of]).tolist():
        group, vector = int(given.asked_of[number]), given.questions[number]
        cosines = given.told @ (adapted(vector) if adapted else vector)
        own = given.told_of == group
        answers, beside = cosines[own & given.answers], cosines[own & ~given.answers]
        better = int((cosines[~own & (spoken == given.languages[group])] > answers.max()).sum())
        nearer = float((answers.mean() > beside).mean()) if len(beside) else None
        yield _Found(given.languages[group], group >= given.facts, 1 / (1 + better), nearer)


def _softmax(logits: Vectors) -> Vectors:
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Vectors = grown / grown.sum(axis=1, keepdims=True)
    return shares
