"""Makes `memosd/retrieval/relevance.json` from the examples beside this file.

`*.jsonl`: a `fact`, questions that it answers (`ask`, and `cross` in the other language) and questions that it does not
answer though they are about its matter (`near`). `requests.*.txt`: requests; `lookups.*.txt`: questions that look like
one and are not. Questions that no fact answers tell the machine what a lookup is, too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memosd.language.script import Language
from memosd.ports.models import Vector
from memosd.retrieval import relevance
from memosd.retrieval.features import rarity
from memosd.retrieval.relevance import Relevance
from memosd.retrieval.score import score
from training.logistic import Floats, Logistic, fit, folds
from training.recall.memories import LANGUAGES, Examples, Pool, examples, pools
from training.report import Embed, Report

SEED = 7
RIDGE_OF_REQUESTS = 0.3
"""For the numbers of a vector of length 1, which are small; chosen by the cross-validated figures."""
RIDGE_OF_EVIDENCE = 1.0
UNASKED = 0.25
"""How much a question that no fact answers counts as an example of a lookup."""
NEAR = 0.6
GONE = 1.5
"""How much a question counts that the pool does not answer: `near` ones look answered even to a careful reader."""
EXPECTED = 0.5
"""A power: the larger a memory, the rarer is it asked what it was never told. Unanswered questions count
(size / `SMALLEST`) to the power of minus this."""
SMALLEST = 5
NEEDLESS = 0.2
"""How much an unanswered request counts: a memory that does not help with it does little harm."""
_DIGITS = 3
_MEAN_DIGITS = 4
Chosen = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """One pool, as its best candidate shows it."""

    pool: Pool
    evidence: Mapping[str, float]


def train(embed: Embed) -> Report:
    """Writes the coefficients; the figures are of models that had not seen the fact they are judged by."""
    given = examples(embed, seed=SEED)
    request, means, told = _requests(embed, given)
    blank = Relevance(request.weights.astype(np.float32), request.bias, {}, 0.0, means)
    rows = [_row(pool, blank) for pool in pools(given, seed=SEED)]
    names = sorted({name for row in rows for name in row.evidence if name in relevance.EVIDENCE})
    design = np.array([[row.evidence.get(name, 0.0) for name in names] for row in rows])
    answered = np.array([row.pool.truth == "answered" for row in rows])
    importance = np.array([_importance(row) for row in rows])
    _write(request, means, names, fit(design, answered, ridge=RIDGE_OF_EVIDENCE, importance=importance))
    believed = np.zeros(len(rows))
    fact = np.array([row.pool.asked.fact for row in rows])
    for learn, judge in folds(len(given.languages), seed=SEED):
        model = fit(
            design[learn[fact]], answered[learn[fact]], ridge=RIDGE_OF_EVIDENCE, importance=importance[learn[fact]]
        )
        believed[judge[fact]] = model(design[judge[fact]])
    languages = np.array([given.languages[i] for i in fact])
    truth = np.array([row.pool.truth for row in rows])
    return Report(
        "recall",
        [{"language": lang, **told[lang], **_figures(believed, truth, languages == lang)} for lang in LANGUAGES],
    )


def _requests(embed: Embed, given: Examples) -> tuple[Logistic, dict[Language, Vector], dict[str, dict[str, float]]]:
    """The probe, the mean request of each language, and for each language the shares of requests and lookups that the
    probe tells when it has not seen them."""
    texts, kind, language = [], [], []
    for spoken in LANGUAGES:
        for name in ("requests", "lookups"):
            lines = Path(__file__).with_name(f"{name}.{spoken}.txt").read_text("utf-8").splitlines()
            for line in lines:
                if not line.startswith("#"):
                    texts.append(line)
                    kind.append(name)
                    language.append(spoken)
    unasked = [asked.vector for asked in given.asked if asked.near]
    rows = np.concatenate([embed(texts, "query"), np.array(unasked)]).astype(np.float64)
    truth = np.array([name == "requests" for name in kind] + [False] * len(unasked))
    importance = np.append(np.ones(len(texts)), np.full(len(unasked), UNASKED))
    right = np.zeros(len(rows), bool)
    for learn, judge in folds(len(rows), seed=SEED):
        model = fit(rows[learn], truth[learn], ridge=RIDGE_OF_REQUESTS, importance=importance[learn])
        right[judge] = (model(rows[judge]) >= 0.5) == truth[judge]
    told: dict[str, dict[str, float]] = {}
    for spoken in LANGUAGES:
        told[spoken] = {}
        for name in ("requests", "lookups"):
            chosen = [k == name and s == spoken for k, s in zip(kind, language, strict=True)]
            told[spoken][f"{name} told"] = _share(right[: len(texts)][chosen])
    means: dict[Language, Vector] = {
        spoken: rows[: len(texts)][[k == "requests" and s == spoken for k, s in zip(kind, language, strict=True)]]
        .mean(axis=0)
        .astype(np.float32)
        for spoken in LANGUAGES
    }
    return fit(rows, truth, ridge=RIDGE_OF_REQUESTS, importance=importance), means, told


def _row(pool: Pool, blank: Relevance) -> Row:
    asked = pool.asked
    weights = rarity(pool.total, pool.frequencies, asked.question.terms)
    best = score(
        pool.candidates, asked.question, asked.vector, weights, total=pool.total, conversation=None, relevance=blank
    )[0]
    more = {"request": blank.is_request(asked.vector), "memories": float(np.log1p(pool.total))}
    return Row(pool, dict(best.features) | more)


def _importance(row: Row) -> float:
    if row.pool.truth == "answered":
        return 1.0
    rarer: float = (row.pool.total / SMALLEST) ** -EXPECTED
    request = row.evidence["request"]
    counts = NEAR if row.pool.truth == "near" else GONE
    return counts * rarer * (1 - request + NEEDLESS * request)


def _figures(believed: Floats, truth: npt.NDArray[np.str_], chosen: Chosen) -> dict[str, float]:
    over = believed >= 0.45
    figures = {"answered: over 0.45": _share(over[chosen & (truth == "answered")])}
    for name in ("gone", "near"):
        unanswered = chosen & (truth == name)
        figures[f"{name}: under 0.45"] = _share(~over[unanswered])
        figures[f"AUC to {name}"] = _auc(believed[chosen & (truth == "answered")], believed[unanswered])
    return figures


def _share(right: Chosen) -> float:
    return round(float(right.mean()), 3)


def _auc(higher: Floats, lower: Floats) -> float:
    """The chance that one of the first is above one of the second (Mann and Whitney 1947)."""
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, "left") + np.searchsorted(ordered, higher, "right")
    return round(int(below.sum()) / (2 * len(higher) * len(lower)), 3)


def _write(request: Logistic, means: Mapping[Language, Vector], names: Sequence[str], evidence: Logistic) -> None:
    learnt = {
        "request": {
            "bias": round(request.bias, _DIGITS),
            "weights": np.round(request.weights, _DIGITS).tolist(),
            "means": {spoken: [round(float(each), _MEAN_DIGITS) for each in mean] for spoken, mean in means.items()},
        },
        "evidence": {
            "bias": round(evidence.bias, _DIGITS),
            "weights": dict(zip(names, np.round(evidence.weights, _DIGITS).tolist(), strict=True)),
        },
    }
    target = Path(str(files(relevance.__name__.rpartition(".")[0]).joinpath("relevance.json")))
    target.write_text(json.dumps(learnt) + "\n", encoding="utf-8")
