"""Makes `memosd/providers/e5/means.json` from the sentences beside this file: `python -m training.centring`.

Both files hold everyday facts, wishes, events, dialogue and questions in like proportions, one text a line. A line that
ends with a question mark is embedded as a query, every other as a passage. The same sentences give the same means.
Increase `VERSION` when they change: it is part of the model's name, and stored vectors are then made anew.
"""

import json
import tempfile
from pathlib import Path

import numpy as np

from memosd.ports.models import Purpose
from memosd.providers.e5 import centring
from memosd.providers.e5.cache import load_graph
from memosd.providers.e5.encoder import Encoder
from memosd.providers.e5.weights import Weights, find_weights

VERSION = 1
_DIGITS = 4
_TARGET = Path(centring.__file__).with_name("means.json")


def mean(encoder: Encoder, texts: list[str], purpose: Purpose) -> list[float]:
    vectors = np.array([encoder(text, purpose) for text in texts], np.float64)
    return [round(float(value), _DIGITS) for value in vectors.mean(axis=0)]


def main() -> None:
    weights = Weights(find_weights())
    with tempfile.TemporaryDirectory() as directory:
        encoder = Encoder(weights, load_graph(Path(directory), weights))
    means: dict[str, object] = {"version": VERSION}
    for language in ("en", "zh"):
        lines = Path(__file__).with_name(f"{language}.txt").read_text(encoding="utf-8").splitlines()
        questions = [line for line in lines if line.endswith(("?", "？"))]
        statements = [line for line in lines if not line.endswith(("?", "？"))]
        means[language] = {
            "query": mean(encoder, questions, "query"),
            "passage": mean(encoder, statements, "passage"),
        }
        print(f"{language}: {len(questions)} questions, {len(statements)} statements")
    _TARGET.write_text(json.dumps(means, indent=None, separators=(", ", ": ")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
