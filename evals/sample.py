"""Draws memories to be read by people: `python -m evals.sample --evals DIR [--seed 7] [--count 200]`.

They are made by the product's extractor from the conversations of a set of DIR, and written to a file that is not kept
in the repository, since the talk belongs to others. `evals/SAMPLE.md` counts what readers found wrong.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memosd.domain.ids import BatchId, MessageId, ProjectId
from memosd.domain.memories import Content
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.extraction.local import LocalExtractor, talk_of
from memosd.language.times import parse_chat_time
from memosd.providers.e5 import E5Embedder

OUT = Path(__file__).parent / "out" / "sample.md"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PROJECT, _OWNER = ProjectId("sample"), Owner.user("sample")


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    file = options.evals / "data" / "canonical" / f"{options.set}.dev.json"
    if not file.is_file():
        print(f"sample: there is no {file}", file=sys.stderr)
        return 2
    batches = list(_batches(json.loads(file.read_text("utf-8"))["conversations"]))
    with tempfile.TemporaryDirectory() as fresh:
        embedder = E5Embedder.open(options.cache or Path(fresh))
        try:
            made = asyncio.run(_extract(LocalExtractor(embedder), batches))
        finally:
            embedder.close()
    drawn = random.Random(options.seed).sample(made, min(options.count, len(made)))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("\n".join(_shown(n, batch, c) for n, (batch, c) in enumerate(drawn, 1)), "utf-8")
    print(f"{len(drawn)} of {len(made)} memories written: {options.out}")
    return 0


def _batches(conversations: Sequence[dict[str, Any]]) -> Iterator[Batch]:
    """One batch a session."""
    for conversation in conversations:
        for session in conversation["sessions"]:
            messages = tuple(
                Message(
                    MessageId(turn["id"]),
                    Role(turn["role"]),
                    turn["text"],
                    parse_chat_time(turn["time"] or session["time"]) or _EPOCH,
                )
                for turn in session["turns"]
            )
            yield Batch(BatchId(session["id"]), _PROJECT, "sample", session["id"], _OWNER, messages, _EPOCH)


async def _extract(extractor: LocalExtractor, batches: Sequence[Batch]) -> list[tuple[Batch, Content]]:
    return [(batch, content) for batch in batches for content in await extractor.extract(talk_of(batch, ()))]


def _shown(number: int, batch: Batch, content: Content) -> str:
    said = {message.id: message for message in batch.messages}
    sources = "\n".join(f"  > {m.role}: {' '.join(m.text.split())}" for m in map(said.__getitem__, content.sources))
    detail = f"\n  {content.detail['reasoning']}" if "reasoning" in content.detail else ""
    tags = ", ".join(content.tags)
    return f"{number}. {content.kind} · {content.title} · [{tags}]\n  {content.value}{detail}\n{sources}\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.sample", description="Draws memories to be read.")
    parser.add_argument("--evals", type=Path, required=True, help="the directory of the evaluation program")
    parser.add_argument("--set", default="locomo", help="which set of conversations")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int, default=200, help="memories drawn")
    parser.add_argument("--cache", type=Path, help="where the embedder's graph is kept; default: built anew")
    parser.add_argument("--out", type=Path, default=OUT, help="the file to write")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
