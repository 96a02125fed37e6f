"""Makes `relevance.json` and `kinds.json` of `memosd/retrieval` from the examples beside this file.

`*.jsonl`: a `fact`, questions that it answers (`ask`, and `cross` in the other language) and questions that it does not
answer though they are about its matter (`near`). `frames.jsonl`: see `frames`. What is measured of a question and the
memories it is asked of is measured with an adapter that has not seen its fact.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memosd.language.script import Language
from memosd.ports.storage import Ranked
from memosd.retrieval import relevance
from memosd.retrieval.features import rarity, said
from memosd.retrieval.kinds import BESIDE, Reading, memory_seen, pieces, question_seen, share
from memosd.retrieval.question import understand
from memosd.retrieval.relevance import Relevance
from memosd.retrieval.score import more_evidence, score
from training.logistic import Floats, Logistic, fit, folds
from training.recall.frames import framed
from training.recall.kinds import Learnt, learnt_kinds
from training.recall.memories import DAY, LANGUAGES, Asked, Pool, framed_pools, pools, telling
from training.recall.requests import Requests
from training.recall.seeking import Taught, taught
from training.report import Embed, Report, rounded_share

SEED = 7
RIDGE_OF_EVIDENCE = 1.0
NEAR = 0.6
FRAMED_NEAR = 1.3
GONE = 1.3
"""How much a question counts that the pool does not answer: `near` ones look answered even to a careful
reader, but for those made of frames."""
FRAMED = 0.4
"""How much a question made of a frame counts: there are many, and they say more of themselves than of people's talk."""
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
    """One pool, as its best candidate shows it. kinds: the pieces that the kinds of answers are judged by."""

    pool: Pool
    language: Language
    framed: bool
    evidence: Mapping[str, float]
    kinds: Floats


def train(embed: Embed) -> Report:
    """Writes the coefficients; the figures are of models that had not seen the fact they are judged by."""
    prior = taught(embed)
    given = prior.examples
    rows, asks, tells = _rows(embed, prior)
    names = sorted({name for row in rows for name in row.evidence if name in relevance.EVIDENCE})
    plain = _columns(rows, names)
    kinds = np.array([row.kinds for row in rows])
    typical = kinds.mean(axis=0)
    shares = np.array([[share(row.pool.total) * (1 - row.evidence["request"])] for row in rows])
    judged = shares * np.hstack([kinds - typical, _columns(rows, BESIDE), np.ones((len(rows), 1))])
    answered = np.array([row.pool.truth == "answered" for row in rows])
    importance = np.array([_importance(row) for row in rows])
    written = np.array([not row.framed for row in rows])

    def learnt(chosen: Chosen) -> tuple[Logistic, Logistic]:
        """The evidence, from what is written alone; and what the kinds add to it."""
        mine = chosen & written
        base = fit(plain[mine], answered[mine], ridge=RIDGE_OF_EVIDENCE, importance=importance[mine])
        known = plain[chosen] @ base.weights + base.bias
        of = importance[chosen]
        return base, fit(judged[chosen], answered[chosen], ridge=RIDGE_OF_EVIDENCE, importance=of, known=known)

    base, added = learnt(np.ones(len(rows), bool))
    _write(prior.requests, names, base)
    _write_kinds(asks.reading, tells.reading, added, typical)
    believed = np.zeros(len(rows))
    fact = np.array([row.pool.asked.fact + row.framed * len(given.languages) for row in rows])
    for learn, judge in folds(int(fact.max()) + 1, seed=SEED):
        before, after = learnt(learn[fact])
        unseen = judge[fact]
        odds = plain[unseen] @ before.weights + before.bias + judged[unseen] @ after.weights
        believed[unseen] = [relevance.logistic(each) for each in odds.tolist()]
    spoken = np.array([row.language for row in rows])
    is_framed = np.array([row.framed for row in rows])
    truth = np.array([row.pool.truth for row in rows])
    return Report(
        "recall",
        [
            {
                "examples": f"{kind}, {lang}",
                **prior.requests.told[lang],
                **_figures(believed, truth, (spoken == lang) & which),
            }
            for lang in LANGUAGES
            for kind, which in (("written", ~is_framed), ("framed", is_framed))
        ],
    )


def _columns(rows: Sequence[Row], names: Sequence[str]) -> Floats:
    return np.array([[row.evidence.get(name, 0.0) for name in names] for row in rows])


def _rows(embed: Embed, prior: Taught) -> tuple[list[Row], Learnt, Learnt]:
    """The written examples and the framed ones; what is learnt of the kinds of questions and of facts."""
    frames = framed(seed=SEED)
    phrases = [phrase for each in frames for phrase in (*each.ask, *each.near)]
    questions = [understand(phrase.text, asked_at=DAY) for phrase in phrases]
    vectors = embed([question.matter for question in questions], "query")
    facts = embed([telling(each) for each in frames], "passage")
    asks = learnt_kinds(phrases, [question_seen(q.text, v) for q, v in zip(questions, vectors, strict=True)])
    seen = [memory_seen((telling(each),), v, v[None]) for each, v in zip(frames, facts, strict=True)]
    tells = learnt_kinds([each.fact for each in frames], seen)
    whose = [(n, i >= len(each.ask)) for n, each in enumerate(frames) for i in range(len(each.ask) + len(each.near))]
    asked = [Asked(q, v, n, near) for q, v, (n, near) in zip(questions, vectors, whose, strict=True)]
    rows = []
    for pool in pools(prior.examples, seed=SEED):
        one = pool.asked
        best, evidence = _best(pool, prior.relevance_without(one.fact))
        told = memory_seen(said(best), one.vector, best.vectors)
        kinds = pieces(
            asks.reading(question_seen(one.question.text, one.vector)[None])[0], tells.reading(told[None])[0]
        )
        rows.append(Row(pool, prior.examples.languages[one.fact], framed=False, evidence=evidence, kinds=kinds))
    for n, pool in enumerate(framed_pools(frames, asked, facts, seed=SEED)):
        best, evidence = _best(pool, prior.relevance)
        kinds = pieces(asks.unseen[n], tells.unseen[int(best.memory.id)])
        rows.append(Row(pool, frames[pool.asked.fact].language, framed=True, evidence=evidence, kinds=kinds))
    return rows, asks, tells


def _best(pool: Pool, blank: Relevance) -> tuple[Ranked, Mapping[str, float]]:
    asked = pool.asked
    weights = rarity(pool.total, pool.frequencies, asked.question.terms)
    found = score(
        pool.candidates, asked.question, asked.vector, weights, total=pool.total, conversation=None, relevance=blank
    )
    scores = np.array([each.score for each in found])
    more = more_evidence(scores, blank.is_request(asked.vector), total=pool.total)
    return found[0].ranked, dict(found[0].features) | more


def _importance(row: Row) -> float:
    whole = FRAMED if row.framed else 1.0
    if row.pool.truth == "answered":
        return whole
    rarer: float = (row.pool.total / SMALLEST) ** -EXPECTED
    request = row.evidence["request"]
    counts = GONE if row.pool.truth == "gone" else FRAMED_NEAR if row.framed else NEAR
    return whole * counts * rarer * (1 - request + NEEDLESS * request)


def _figures(believed: Floats, truth: npt.NDArray[np.str_], chosen: Chosen) -> dict[str, float]:
    over = believed >= 0.45
    figures = {"answered: over 0.45": rounded_share(over[chosen & (truth == "answered")])}
    for name in ("gone", "near"):
        unanswered = chosen & (truth == name)
        figures[f"{name}: under 0.45"] = rounded_share(~over[unanswered])
        figures[f"AUC to {name}"] = _auc(believed[chosen & (truth == "answered")], believed[unanswered])
    return figures


def _auc(higher: Floats, lower: Floats) -> float:
    """The chance that one of the first is above one of the second (Mann and Whitney 1947)."""
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, "left") + np.searchsorted(ordered, higher, "right")
    return round(int(below.sum()) / (2 * len(higher) * len(lower)), 3)


def _write_kinds(asked: Reading, told: Reading, added: Logistic, typical: Floats) -> None:
    worth, evidence, level = np.split(added.weights, [len(typical), len(typical) + len(BESIDE)])
    learnt = {
        "asked": _numbers(asked), "told": _numbers(told), "worth": np.round(worth, _DIGITS).tolist(),
        "evidence": dict(zip(BESIDE, np.round(evidence, _DIGITS).tolist(), strict=True)),
        "typical": round(float(typical @ worth - level[0]), _DIGITS),
    }  # fmt: skip
    _put("kinds.json", learnt)


def _numbers(reading: Reading) -> dict[str, list[float]]:
    return {
        name: np.round(np.asarray(values, np.float64), _DIGITS).tolist()
        for name, values in (("weights", reading.weights), ("bias", reading.bias))
    }


def _put(name: str, learnt: Mapping[str, object]) -> None:
    target = Path(str(files(relevance.__name__.rpartition(".")[0]).joinpath(name)))
    target.write_text(json.dumps(learnt) + "\n", encoding="utf-8")


def _write(requests: Requests, names: Sequence[str], evidence: Logistic) -> None:
    weights = np.round(evidence.weights[: len(names)], _DIGITS).tolist()
    learnt = {
        "request": {
            "bias": round(requests.probe.bias, _DIGITS),
            "weights": np.round(requests.probe.weights, _DIGITS).tolist(),
            "means": {
                spoken: [round(float(each), _MEAN_DIGITS) for each in mean] for spoken, mean in requests.means.items()
            },
        },
        "evidence": {
            "bias": round(evidence.bias, _DIGITS),
            "weights": dict(zip(names, weights, strict=True)),
        },
    }
    _put("relevance.json", learnt)
