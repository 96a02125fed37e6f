"""Whether what was found answers the question, as a probability learnt from examples.

What all requests have in common ('recommend me…') is near to much of what people say of themselves, and says nothing
of what is wanted: it is taken out of a request's vector, as the mean of a language is out of every vector.

Two logistic regressions, trained by `training/recall` into `relevance.json`. One tells from a question's vector whether
it is a request (recommend, plan, write …) rather than a question about what was told. The other tells from the best
candidate, from the size of the memory, from the first, and from the kinds of answer asked for and told (`kinds.json`)
whether the question is answered.
"""

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Self

import numpy as np

from memosd.language.script import Language
from memosd.ports.models import Vector
from memosd.retrieval.adapter import Adapter
from memosd.retrieval.kinds import Kinds, Reading

EVIDENCE = (
    *("dense", "foreign", "foreign_dense", "coverage", "length"),
    *("rival", "lacks_time", "lacks_number", "lacks_colour"),
    *("request", "memories"),
)
"""What the answer is judged by: features of the best candidate (`features.measure`), how much of a request the question
is, and the logarithm of one more than the memories in reach."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """request: weights of the question's vector, shape (dimensions,); evidence: weight of each piece by name.
    requests: the mean of the vectors of many requests, by language. adapter: of questions. kinds: of answers. None if
    there is none, or they are not judged."""

    request: Vector
    request_bias: float
    evidence: Mapping[str, float]
    evidence_bias: float
    requests: Mapping[Language, Vector] = field(default_factory=dict)
    adapter: Adapter | None = None
    kinds: Kinds | None = None

    @classmethod
    def load(cls) -> Self:
        """The trained coefficients, which belong to the bundled embedder."""
        learnt = json.loads(files(__package__).joinpath("relevance.json").read_text("utf-8"))
        request, evidence = learnt["request"], learnt["evidence"]
        means: dict[Language, Vector] = {spoken: np.array(m, np.float32) for spoken, m in request["means"].items()}
        weights = np.array(request["weights"], np.float32)
        return cls(weights, request["bias"], evidence["weights"], evidence["bias"], means, Adapter.load(), _kinds())

    def is_request(self, question: Vector) -> float:
        """The probability, 0..1, that a question with this vector is a request. 0 for another embedder's vector."""
        if question.shape != self.request.shape:
            return 0.0
        return logistic(float(question @ self.request) + self.request_bias)

    def sought(self, question: Vector, language: Language) -> Vector:
        """What memories are compared with: the question's vector as its answers are told; of a request, without what
        all requests have in common."""
        if question.shape != self.request.shape:
            return question
        sought = question
        if language in self.requests:
            sought = question - np.float32(self.is_request(question)) * self.requests[language]
        return self.adapter(sought) if self.adapter else sought

    def log_odds(self, evidence: Mapping[str, float]) -> float:
        """Of the question being answered; evidence that is not named counts as 0."""
        return self.evidence_bias + sum([weight * evidence.get(name, 0.0) for name, weight in self.evidence.items()])


def logistic(log_odds: float) -> float:
    """The probability of these log odds, without overflow."""
    return 0.5 * (1 + math.tanh(log_odds / 2))


def _kinds() -> Kinds:
    learnt = json.loads(files(__package__).joinpath("kinds.json").read_text("utf-8"))
    asked, told = (
        Reading(np.array(each["weights"]), np.array(each["bias"])) for each in (learnt["asked"], learnt["told"])
    )
    return Kinds(asked, told, np.array(learnt["worth"]), learnt["evidence"], learnt["typical"])


@functools.cache
def trained() -> Relevance:
    return Relevance.load()
