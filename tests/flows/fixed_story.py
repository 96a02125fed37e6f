"""Tells one memosd a fixed story and prints what it remembers and answers, as JSON. Run by `test_same_again`.

Everything is real but the embedder, the clock and the server around it.
"""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

from memosd.engines.sqlite import SqliteEngine
from tests.flows.conftest import Memosd

STORY = (
    ("My flat is in Leeds near the old canal.", "Noted."),
    ("My flat is in Bristol near the harbour now.", "Noted."),
    ("The team meeting is in room 3 on Monday, Tuesday and Friday.", "Fine."),
    ("The team meeting is moved to room 12 on Monday.", "Fine."),
    ("Anna and Piotr repaired the violin, the cello and the viola in Kraków.", "Lovely."),
    ("我家住在苏州，窗外有河、有桥、有树。", "好的。"),
    ("我家现在住在成都了。", "好的。"),
    ("讀書會改到一樓大廳了，帶書、帶水、帶筆。", "好的。"),
    ("I love oolong tea, and I hate coffee with sugar.", "I see."),
)
QUESTIONS = (
    "Where is my flat, near the canal or the harbour?",
    "When and in which room is the team meeting on Monday?",
    "violin cello viola Anna Piotr Kraków tea coffee sugar",
    "我家住在哪里，窗外有河有树吗？",
    "讀書會在哪裡，要帶什麼？",
)


async def main(directory: Path) -> None:
    memosd = Memosd(SqliteEngine.open(directory))
    try:
        for n, (said, answered) in enumerate(STORY):
            await memosd.say(("user", said), ("assistant", answered), conversation=f"c{n // 2}")
            if n < len(STORY) - 1:  # the last one is judged as a first form, too
                await memosd.drain()
            memosd.clock.move(timedelta(days=20))
        told = [await _answers(memosd)]
        await memosd.drain()
        told.append(await _answers(memosd))
    finally:
        await memosd.engine.close()
    print(json.dumps(told, ensure_ascii=False))


async def _answers(memosd: Memosd) -> list[object]:
    found = [await memosd.ask(question) for question in QUESTIONS]
    return [
        [
            [hit.memory.content.value, list(hit.memory.tags), hit.score, dict(hit.features)]
            for hit in (*each.facts, *each.preferences)
        ]
        for each in found
    ]


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
