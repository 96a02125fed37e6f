"""Makes `memosd/extraction/evolution.json` from the pairs beside this file, two texts and their relation a line.

Softmax regression with an L2 penalty (Hastie, Tibshirani and Friedman 2009, 4.4 and 18.3), by accelerated gradient
descent (Nesterov 1983): convex, started at zero, so that every run gives the same coefficients.

A pair of the examples is always about one matter, as most neighbours in a memory are not. Two kinds of pairs are made
to show the difference, with small weights. Strangers: examples that lie near each other; some of them are related by
chance. Frames: sentences of one form, which tell of one matter only where they share the subject.
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memosd.domain.messages import Role
from memosd.extraction import evolution
from memosd.extraction.evolution import Relation, Statement, compare, feature_names
from memosd.extraction.wording import line
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
VECTOR_SCALE = 8.0
"""Brings a component of a vector, about 1/√384, near the spread of the other features."""
DIGITS = 3
RELATIONS = tuple(Relation)
CHANGES = [RELATIONS.index(Relation.SUPERSEDES), RELATIONS.index(Relation.RETIRES)]


@dataclass(frozen=True, slots=True)
class Examples:
    """Pairs of statements; `relations` are indexes into `RELATIONS`."""

    old: tuple[Statement, ...]
    new: tuple[Statement, ...]
    relations: Labels
    chinese: npt.NDArray[np.bool_]

    def only(self, chosen: Labels) -> "Examples":
        old, new = (tuple(side[i] for i in chosen) for side in (self.old, self.new))
        return Examples(old, new, self.relations[chosen], self.chinese[chosen])


def train(embed: Embed) -> Report:
    """Fit on all examples and write the coefficients; the report's figures are of examples left out in turn."""
    examples, frames = load(embed, _examples()), load(embed, (*_frames(), *_talk(), *_musings()))
    probabilities = _crossed(examples, frames)
    target = Path(evolution.__file__).with_name("evolution.json")
    target.write_text(_readable(_fit(*_inputs(examples, frames))), encoding="utf-8")
    return _report(examples, probabilities)


Row = tuple[str, str, str]
"""Old, new, relation."""


def _examples() -> Iterator[Row]:
    for language in ("zh", "en"):
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
    for language in ("zh", "en"):
        path = Path(__file__).parent.parent / "recall" / f"{language}.jsonl"
        facts = [json.loads(row)["fact"] for row in path.read_text(encoding="utf-8").splitlines()]
        for step in (1, 2, 5):
            yield from ((facts[i - step], fact, Relation.SEPARATE) for i, fact in enumerate(facts) if i >= step)


def _musings() -> Iterator[Row]:
    """What one says on after another about one matter, in both orders: plans, hopes and views beside each other."""
    for language in ("zh", "en"):
        text = Path(__file__).with_name(f"musings.{language}.txt").read_text(encoding="utf-8")
        for group in text.partition("\n")[2].split("\n\n"):
            said = group.strip().splitlines()
            yield from ((old, new, Relation.SEPARATE) for old in said for new in said if old != new)


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


def _inputs(examples: Examples, frames: Examples) -> tuple[Matrix, Labels, Matrix]:
    """Inputs, labels and weights of the examples, of the strangers among them, and of the frames."""
    strangers = _strangers(examples)
    own = [(i, i) for i in range(len(examples.old))]
    inputs = [_matrix(examples, own + strangers), _matrix(frames, [(i, i) for i in range(len(frames.old))])]
    separate = np.full(len(strangers), RELATIONS.index(Relation.SEPARATE), np.intp)
    labels = np.concatenate([examples.relations, separate, frames.relations])
    counts = [len(own), len(strangers), len(frames.old)]
    return np.vstack(inputs), labels, np.repeat([1.0, STRANGER_WEIGHT, FRAME_WEIGHT], counts)


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


def _crossed(examples: Examples, frames: Examples) -> Matrix:
    """Each example's probabilities by a model that has seen neither it nor the others of its fold."""
    everyone = np.arange(len(examples.old))
    found = np.zeros((len(everyone), len(RELATIONS)))
    for fold in range(FOLDS):
        held = everyone[everyone % FOLDS == fold]
        coefficients = _fit(*_inputs(examples.only(everyone[everyone % FOLDS != fold]), frames))
        inputs = _matrix(examples, [(int(i), int(i)) for i in held])
        found[held] = _softmax(coefficients[0] + inputs @ coefficients[1:])
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


def _report(examples: Examples, probabilities: Matrix) -> Report:
    changed = np.isin(examples.relations, CHANGES)
    said = probabilities[:, CHANGES].sum(axis=1)
    rows: list[dict[str, str | int | float]] = []
    for name, chosen in (("zh", examples.chinese), ("en", ~examples.chinese)):
        right = probabilities[chosen].argmax(axis=1) == examples.relations[chosen]
        sure = said[chosen] >= evolution.CHANGE
        truth = changed[chosen]
        rows.append(
            {
                "language": name,
                "examples": int(chosen.sum()),
                "relation right": round(float(right.mean()), 3),
                "change: precision": round(float(truth[sure].mean()), 3),
                "change: recall": round(float(sure[truth].mean()), 3),
            }
        )
    return Report("evolution", rows)
