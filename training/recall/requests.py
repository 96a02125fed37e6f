"""Tells requests (recommend, plan, write …) from questions about what was told, by the vector.

`requests.*.txt`: requests; `lookups.*.txt`: questions that look like one and are not. Questions that no fact answers
tell the machine what a lookup is, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from memosd.language.script import Language
from memosd.ports.models import Vector
from memosd.retrieval.relevance import Relevance
from training.logistic import Logistic, fit, folds
from training.recall.memories import LANGUAGES, Examples
from training.report import Embed, rounded_share

SEED = 7
RIDGE = 0.3
"""For the numbers of a vector of length 1, which are small; chosen by the cross-validated figures."""
UNASKED = 0.25
"""How much a question that no fact answers counts as an example of a lookup."""


@dataclass(frozen=True, slots=True)
class Requests:
    """means: the mean request of each language. told: for each language the shares of requests and lookups that the
    probe tells when it has not seen them."""

    probe: Logistic
    means: Mapping[Language, Vector]
    told: Mapping[Language, Mapping[str, float]]

    @property
    def relevance(self) -> Relevance:
        """What is known before anything is learnt of answers."""
        return Relevance(self.probe.weights.astype(np.float32), self.probe.bias, {}, 0.0, self.means)


def learnt_requests(embed: Embed, given: Examples) -> Requests:
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
        model = fit(rows[learn], truth[learn], ridge=RIDGE, importance=importance[learn])
        right[judge] = (model(rows[judge]) >= 0.5) == truth[judge]
    told: dict[Language, dict[str, float]] = {}
    for spoken in LANGUAGES:
        told[spoken] = {}
        for name in ("requests", "lookups"):
            chosen = [k == name and s == spoken for k, s in zip(kind, language, strict=True)]
            told[spoken][f"{name} told"] = rounded_share(right[: len(texts)][chosen])
    means: dict[Language, Vector] = {
        spoken: rows[: len(texts)][[k == "requests" and s == spoken for k, s in zip(kind, language, strict=True)]]
        .mean(axis=0)
        .astype(np.float32)
        for spoken in LANGUAGES
    }
    return Requests(fit(rows, truth, ridge=RIDGE, importance=importance), means, told)
