"""A linear adapter of questions: what a question's vector lacks to be near to those of its answers.

The bundled embedder puts what is about the same thing close together. 'How do I get to work?' and 'The tram drops me
at the door' share nothing but that one answers the other; what lies between a question and how people tell its answer
is much the same for many questions, and can be learnt: a matrix of low rank, added to the identity (as in E. Hu and
others: LoRA, arXiv:2106.09685), trained by `training/recall` into `adapter.json`. Memories stay as they were embedded.
"""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

import numpy as np
import numpy.typing as npt

from memosd.ports.models import Vector


@dataclass(frozen=True, slots=True)
class Adapter:
    """reads, adds: shape (rank, dimensions); what is read of a vector is how much it gets of each row of `adds`."""

    reads: npt.NDArray[np.float32]
    adds: npt.NDArray[np.float32]

    @classmethod
    def load(cls) -> Self:
        """The trained one, which belongs to the bundled embedder."""
        learnt = json.loads(files(__package__).joinpath("adapter.json").read_text("utf-8"))
        return cls(np.array(learnt["reads"], np.float32), np.array(learnt["adds"], np.float32))

    def __call__(self, vector: Vector) -> Vector:
        """A vector as long as it was, turned; of other dimensions, as it is."""
        if vector.shape != self.reads.shape[1:]:
            return vector
        turned = vector + (self.reads @ vector) @ self.adds
        length = float(np.linalg.norm(turned))
        return np.asarray(turned * (float(np.linalg.norm(vector)) / length), np.float32) if length else vector
