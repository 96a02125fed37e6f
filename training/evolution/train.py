"""Makes `memosd/extraction/evolution.json` from the pairs beside this file, two texts and their relation a line.

Softmax regression with an L2 penalty (Hastie, Tibshirani and Friedman 2009, 4.4 and 18.3), by accelerated gradient
descent (Nesterov 1983): convex, started at zero, so that every run gives the same coefficients.

A pair of the examples is always about one matter, as most neighbours in a memory are not. Two kinds of pairs are made
to show the difference, with small weights. Strangers: examples that lie near each other; some of them are related by
chance. Frames: sentences of one form, which tell of one matter only where they share the subject.

`matters.*.txt` tells how a matter was, what takes its place in many wordings, most of them without a word of change,
and what is told beside it and leaves it true; each of the first with each of the others is a pair. The figures of these
pairs are of matters left out as a whole: another wording of a known matter would be no test. What is asked about a
matter is for `training/succession`.
"""

import functools
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memosd.domain.messages import Role
from memosd.extraction import evolution
from memosd.extraction.evolution import Judge, Relation, Statement, compare, feature_names
from memosd.extraction.wording import line
from memosd.language.script import Language
from training.report import Embed, Report

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]

FOLDS = 5
STEPS = 200
PENALTY, VECTOR_PENALTY = 3e-3, 2e-2
STRANGERS, STRANGER_WEIGHT, STRANGER_COSINE = 3, 0.1, (0.1, 0.5)
"""Unrelated pairs made of each example, the weight of each, and how near they lie."""
FRAME_WEIGHT, PER_FRAME = 0.3, 30
"""The weight of each pair made of a frame, and how many are made."""
MATTER_WEIGHT = 0.1
"""The weight of each pair made of a matter."""
VECTOR_SCALE = 8.0
"""Brings a component of a vector, about 1/√384, near the spread of the other features."""
DIGITS = 3
RELATIONS = tuple(Relation)
LANGUAGES: tuple[Language, ...] = ("zh", "en")
CHANGES = [RELATIONS.index(Relation.SUPERSEDES), RELATIONS.index(Relation.RETIRES)]


@dataclass(frozen=True, slots=True)
class Examples:
    """Pairs of statements; `relations` are indexes into `RELATIONS`."""

    old: tuple[Statement, ...]
    new: tuple[Statement, ...]
    relations: Labels
    chinese: npt.NDArray[np.bool_]


def train(embed: Embed) -> Report:
    """Fit on all examples and write the coefficients; the report's figures are of examples left out in turn."""
    inputs, coefficients = learnt(embed)
    target = Path(evolution.__file__).with_name("evolution.json")
    target.write_text(_readable(_fit(inputs.values, inputs.labels, inputs.weights)), encoding="utf-8")
    return _report(inputs, _crossed(inputs, coefficients))


@functools.cache
def learnt(embed: Embed) -> tuple["Inputs", Sequence[Matrix]]:
    """All pairs, and for each fold the coefficients fitted without it."""
    examples, frames = load(embed, _examples()), load(embed, (*_frames(), *_talk(), *_musings()))
    groups, rows = zip(*_matters(), strict=True)
    inputs = _inputs(examples, frames, load(embed, rows), np.array(groups))
    coefficients = []
    for fold in range(FOLDS):
        known = ~(inputs.folds == fold).any(axis=1)
        coefficients.append(_fit(inputs.values[known], inputs.labels[known], inputs.weights[known]))
    return inputs, coefficients


def judges(embed: Embed) -> list[Judge]:
    """For each fold a judge that has not seen its pairs. A matter is in the fold of its number, modulo `FOLDS`."""
    return [Judge(coefficients) for coefficients in learnt(embed)[1]]


Row = tuple[str, str, str]
"""Old, new, relation."""


def _examples() -> Iterator[Row]:
    for language in LANGUAGES:
        text = Path(__file__).with_name(f"{language}.jsonl").read_text(encoding="utf-8")
        for row in map(json.loads, text.splitlines()):
            yield row["old"], row["new"], row["relation"]


def _frames() -> Iterator[Row]:
    """Pairs of sentences of one form: of one subject a change or a repetition, of two subjects nothing; and pairs that
    tell two things of one subject."""
    chance = random.Random(0)
    frames = [json.loads(row) for row in Path(__file__).with_name("frames.jsonl").read_text("utf-8").splitlines()]
    for frame in frames:
        others = [f for f in frames if f is not frame and f["language"] == frame["language"]]
        for i in range(PER_FRAME):
            subject, another = chance.sample(frame["subjects"], 2)
            was, now = chance.sample(frame["values"], 2)
            state, later = (chance.choice(frame["states"] + frame["changes"]) for _ in range(2))
            told = state.format(s=subject, v=was)
            match i % 6:
                case 0 | 1 if "unrelated" not in frame:
                    yield told, later.format(s=subject, v=now), Relation.SUPERSEDES
                case 2 if len(frame["states"]) > 1:
                    again = next(other for other in frame["states"] if other != state)
                    yield told, again.format(s=subject, v=was), Relation.REPEATS
                case 3:
                    yield told, later.format(s=another, v=was), Relation.SEPARATE
                case 4:
                    other = chance.choice(others)
                    form = chance.choice(other["states"] + other["changes"])
                    yield told, form.format(s=subject, v=chance.choice(other["values"])), Relation.SEPARATE
                case _:
                    yield told, later.format(s=another, v=now), Relation.SEPARATE


def _talk() -> Iterator[Row]:
    """What is said of everyday life, each beside another text of the same language: two matters."""
    for language in LANGUAGES:
        path = Path(__file__).parent.parent / "recall" / f"{language}.jsonl"
        facts = [json.loads(row)["fact"] for row in path.read_text(encoding="utf-8").splitlines()]
        for step in (1, 2, 5):
            yield from ((facts[i - step], fact, Relation.SEPARATE) for i, fact in enumerate(facts) if i >= step)


def _musings() -> Iterator[Row]:
    """What one says on after another about one matter, in both orders: plans, hopes and views beside each other."""
    for language in LANGUAGES:
        text = Path(__file__).with_name(f"musings.{language}.txt").read_text(encoding="utf-8")
        for group in text.partition("\n")[2].split("\n\n"):
            said = group.strip().splitlines()
            yield from ((old, new, Relation.SEPARATE) for old in said for new in said if old != new)


@dataclass(frozen=True, slots=True)
class Matter:
    """What is told of one matter: how it was, what takes its place, that it is over, what leaves it true, and what is
    asked about it."""

    language: Language
    was: Sequence[str]
    becomes: Sequence[str]
    ends: Sequence[str]
    beside: Sequence[str]
    asked: Sequence[str]


def matters() -> Iterator[Matter]:
    """In the order in which the pairs made of them are numbered."""
    for language in LANGUAGES:
        text = Path(__file__).with_name(f"matters.{language}.txt").read_text(encoding="utf-8")
        for group in text.partition("\n")[2].split("\n\n"):
            lines = group.strip().splitlines()
            yield Matter(language, *([row[2:] for row in lines if row[0] == mark] for mark in "=></?"))


def _matters() -> Iterator[tuple[int, Row]]:
    """Pairs, each with the number of the matter it is made of."""
    for number, matter in enumerate(matters()):
        for was in matter.was:
            yield from ((number, (was, now, Relation.SUPERSEDES)) for now in matter.becomes)
            yield from ((number, (was, end, Relation.RETIRES)) for end in matter.ends)
            yield from ((number, (was, other, Relation.SEPARATE)) for other in matter.beside)
        for other in matter.beside:
            yield from ((number, (other, now, Relation.SEPARATE)) for now in (*matter.becomes, *matter.ends))
        yield number, (matter.was[0], matter.was[1], Relation.REPEATS)


def load(embed: Embed, rows: Iterable[Row]) -> Examples:
    old, new, relations = zip(*rows, strict=True)
    sides = []
    for said in (old, new):
        texts = [line(Role.USER, text) for text in said]
        vectors = embed(texts, "passage")
        sides.append(tuple(Statement.of(text, vector) for text, vector in zip(texts, vectors, strict=True)))
    labels = np.array([RELATIONS.index(Relation(relation)) for relation in relations], np.intp)
    return Examples(sides[0], sides[1], labels, np.array([statement.chinese for statement in sides[1]]))


def _strangers(examples: Examples) -> list[tuple[int, int]]:
    """Pairs (old, new) of different examples that lie rather near: the nearest, and others spread over the rest."""
    cosines = np.array([new.vector for new in examples.new]) @ np.array([old.vector for old in examples.old]).T
    cosines[(examples.chinese[:, None] != examples.chinese) | np.eye(len(cosines), dtype=bool)] = -1
    least, most = STRANGER_COSINE
    pairs = []
    for i, row in enumerate(cosines):
        near = [int(j) for j in np.argsort(-row, kind="stable")[:30] if least < row[j] < most]
        pairs += [(j, i) for j in near[:: max(1, len(near) // STRANGERS)][:STRANGERS]]
    return pairs


@dataclass(frozen=True, slots=True)
class Inputs:
    """All pairs as the model sees them. folds: shape (pairs, 2), in which folds a pair is left out, -1 for none; a
    stranger has two, those of the examples it is made of. source: what a pair is made of."""

    values: Matrix
    labels: Labels
    weights: Matrix
    folds: Labels
    source: npt.NDArray[np.str_]
    chinese: npt.NDArray[np.bool_]


def _inputs(examples: Examples, frames: Examples, matters: Examples, groups: Labels) -> Inputs:
    """groups: which matter each pair of `matters` is made of."""
    strangers = _strangers(examples)
    kinds = [
        ("examples", examples, [(i, i) for i in range(len(examples.old))], 1.0),
        ("strangers", examples, strangers, STRANGER_WEIGHT),
        ("frames", frames, [(i, i) for i in range(len(frames.old))], FRAME_WEIGHT),
        ("matters", matters, [(i, i) for i in range(len(matters.old))], MATTER_WEIGHT),
    ]
    separate = np.full(len(strangers), RELATIONS.index(Relation.SEPARATE), np.intp)
    nowhere = np.full((len(frames.old), 2), -1)
    own, of_matters = (np.stack([each, each], axis=1) for each in (np.arange(len(examples.old)), groups))
    return Inputs(
        values=np.vstack([_matrix(of, pairs) for _, of, pairs, _ in kinds]),
        labels=np.concatenate([examples.relations, separate, frames.relations, matters.relations]),
        weights=np.concatenate([np.full(len(pairs), weight) for *_, pairs, weight in kinds]),
        folds=np.concatenate([pairs % FOLDS for pairs in (own, np.array(strangers))] + [nowhere, of_matters % FOLDS]),
        source=np.concatenate([np.full(len(pairs), name) for name, _, pairs, _ in kinds]),
        chinese=np.concatenate([of.chinese[[j for _, j in pairs]] for _, of, pairs, _ in kinds]),
    )


def _matrix(examples: Examples, pairs: list[tuple[int, int]]) -> Matrix:
    """Shape (pairs, features + dimensions)."""
    features = np.array([list(compare(examples.old[i], examples.new[j]).values()) for i, j in pairs])
    vectors = np.array([examples.new[j].vector for _, j in pairs], np.float64)
    return np.hstack([features, vectors])


def _fit(inputs: Matrix, labels: Labels, weights: Matrix) -> Matrix:
    """Coefficients of the inputs as they are, the bias in the first row; shape (1 + inputs, relations)."""
    features = len(feature_names())
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
    mean[features:], spread[features:] = 0, 1 / VECTOR_SCALE
    x = np.hstack([np.ones((len(inputs), 1)), (inputs - mean) / spread])
    penalty = np.concatenate([[1e-6], np.full(features, PENALTY), np.full(x.shape[1] - 1 - features, VECTOR_PENALTY)])
    weights = weights / weights.sum()
    wanted = np.eye(len(RELATIONS))[labels]
    curvature = 0.5 * np.linalg.norm(x * np.sqrt(weights)[:, None], 2) ** 2 + penalty.max()
    fitted = ahead = np.zeros((x.shape[1], len(RELATIONS)))
    momentum = 1.0
    for _ in range(STEPS):
        gradient = x.T @ ((_softmax(x @ ahead) - wanted) * weights[:, None]) + penalty[:, None] * ahead
        stepped = ahead - gradient / curvature
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = stepped + (momentum - 1) / following * (stepped - fitted)
        fitted, momentum = stepped, following
    scaled = fitted[1:] / spread[:, None]
    return np.vstack([fitted[0] - mean @ scaled, scaled])


def _softmax(logits: Matrix) -> Matrix:
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Matrix = grown / grown.sum(axis=1, keepdims=True)
    return shares


def _crossed(inputs: Inputs, coefficients: Sequence[Matrix]) -> Matrix:
    """Each pair's probabilities by a model that has seen neither it nor the others of its fold; of pairs in none, 0."""
    found = np.zeros((len(inputs.labels), len(RELATIONS)))
    for fold, fitted in enumerate(coefficients):
        held = (inputs.folds == fold).any(axis=1)
        found[held] = _softmax(fitted[0] + inputs.values[held] @ fitted[1:])
    return found


def _readable(coefficients: Matrix) -> str:
    """JSON with one line a relation, and the features by name."""
    names = feature_names()
    rounded = np.round(coefficients, DIGITS).T
    parts = [
        json.dumps(relation.value)
        + ": "
        + json.dumps(
            {
                "bias": row[0],
                "features": dict(zip(names, row[1 : 1 + len(names)], strict=True)),
                "new": row[1 + len(names) :].tolist(),
            }
        )
        for relation, row in zip(RELATIONS, rounded, strict=True)
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _report(inputs: Inputs, probabilities: Matrix) -> Report:
    changed = np.isin(inputs.labels, CHANGES)
    said = probabilities[:, CHANGES].sum(axis=1)
    rows: list[dict[str, str | int | float]] = []
    for name, spoken in (("zh", inputs.chinese), ("en", ~inputs.chinese)):
        for source in ("examples", "matters"):
            chosen = spoken & (inputs.source == source)
            right = probabilities[chosen].argmax(axis=1) == inputs.labels[chosen]
            sure = said[chosen] >= evolution.CHANGE
            truth = changed[chosen]
            rows.append(
                {
                    "language": name,
                    "pairs": source,
                    "number": int(chosen.sum()),
                    "relation right": round(float(right.mean()), 3),
                    "change: precision": round(float(truth[sure].mean()), 3),
                    "change: recall": round(float(sure[truth].mean()), 3),
                }
            )
    return Report("evolution", rows)
