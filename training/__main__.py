"""Trains every learnt part and writes `RESULTS.md`: `python -m training`, or `make train`."""

import asyncio
import tempfile
from pathlib import Path

import numpy as np

from memosd.ports.models import Purpose, Vector, Vectors
from memosd.providers.e5 import E5Embedder
from memosd.providers.lines import LineEmbedder
from training.centring.__main__ import main as centre
from training.evolution.train import train as evolution
from training.preference.train import train as preference
from training.recall.seeking import train as seeking
from training.recall.train import train as recall
from training.succession.train import train as succession
from training.tastes.train import train as tastes
from training.telling.train import train as telling

_HEAD = """# What the learnt parts get right

Cross-validated: every figure is of models that had not seen the examples they are judged by. Made by `make train`.
"""


def main() -> None:
    centre()
    with tempfile.TemporaryDirectory() as directory:
        embedder = E5Embedder.open(Path(directory))
        by_line = LineEmbedder(embedder)

        known: dict[tuple[str, Purpose], Vector] = {}

        def embed(texts: list[str], purpose: Purpose) -> Vectors:
            """Each text once: several parts learn from the same ones."""
            new = list(dict.fromkeys(text for text in texts if (text, purpose) not in known))
            vectors = asyncio.run(by_line.embed(new, purpose=purpose)) if new else ()
            known.update(((text, purpose), vector) for text, vector in zip(new, vectors, strict=True))
            return np.array([known[text, purpose] for text in texts])

        reports = [train(embed) for train in (seeking, recall, preference, evolution, succession, telling, tastes)]
        embedder.close()
    sections = [f"## {report.name}\n\n{report.table()}\n" for report in reports]
    target = Path(__file__).with_name("RESULTS.md")
    target.write_text("\n".join([_HEAD, *sections]), encoding="utf-8")
    print(f"written: {target}")


if __name__ == "__main__":
    main()
