"""The bundled embedder as the rest of the program sees it."""

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest

from memosd.domain.errors import Unavailable
from memosd.ports.models import Embedder, Purpose, Vector
from memosd.providers.e5 import E5Embedder
from memosd.providers.e5.centring import Centring
from memosd.providers.e5.encoder import Encoder
from tests.support.embedder import e5 as e5
from tests.support.embedder import graphs as graphs

PURPOSES: list[Purpose] = ["query", "passage"]

FACTS_ZH = ["我对花生过敏，吃了会起疹子。", "我下个月要去青岛出差。", "我女儿在学游泳。", "他的车停在地下二层。"]
FACTS_EN = ["I repaired the old bicycle.", "She plays the violin in a quartet.", "We rent a cottage near the lake."]


def fits(embedder: E5Embedder) -> Embedder:
    return embedder


async def test_rows_have_length_one_and_are_in_order(e5: E5Embedder) -> None:
    texts = FACTS_ZH + FACTS_EN
    vectors = await e5.embed(texts, purpose="passage")
    assert vectors.shape == (len(texts), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, row in zip(texts, vectors, strict=True):
        assert np.array_equal(row, e5.embed_one(text, "passage"))


@pytest.mark.parametrize("purpose", PURPOSES)
async def test_a_vector_does_not_depend_on_its_neighbours(e5: E5Embedder, purpose: Purpose) -> None:
    texts = [*FACTS_ZH, "long " * 400, *FACTS_EN, "", "短"] * 3
    together = await e5.embed(texts, purpose=purpose)
    reversed_ = await e5.embed(texts[::-1], purpose=purpose)
    assert np.array_equal(together, reversed_[::-1])
    [alone] = await e5.embed([texts[1]], purpose=purpose)
    assert np.array_equal(alone, together[1])


async def test_threads_give_the_same_vectors(e5: E5Embedder) -> None:
    calls = [e5.embed(FACTS_ZH + FACTS_EN, purpose=p) for p in PURPOSES * 4]
    results = await asyncio.gather(*calls)
    for result, first in zip(results, results[:2] * 4, strict=True):
        assert np.array_equal(result, first)


async def test_nothing_gives_no_rows(e5: E5Embedder) -> None:
    assert (await e5.embed([], purpose="query")).shape == (0, 384)


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("哪些食物他不能吃？", FACTS_ZH[0]),
        ("Which food makes him ill?", FACTS_ZH[0]),
        ("What is the daughter learning?", FACTS_ZH[2]),
        ("她会什么乐器？", FACTS_EN[1]),
        ("我们在哪儿租了房子？", FACTS_EN[2]),
        ("What did I repair?", FACTS_EN[0]),
    ],
)
async def test_a_question_finds_its_fact_in_either_language(e5: E5Embedder, question: str, fact: str) -> None:
    facts = FACTS_ZH + FACTS_EN
    [query] = await e5.embed([question], purpose="query")
    passages = await e5.embed(facts, purpose="passage")
    assert facts[int((passages @ query).argmax())] == fact


STRANGE = {
    "empty": "",
    "blank": " \n\t\u3000",
    "lone surrogates": "a\ud800b\udfff",
    "control characters": "\x00\x01\x07\x1b\x7f\u200b\ufeff",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈☃",
    "unknown script": "𒀀𒁀𒂀𐎀𐎁",
    "marks of the vocabulary": "<s></s><pad><mask><unk>",
    "half a megabyte of one word": "x" * 500_000,
    "half a megabyte without spaces": "我们去公园散步吧" * 62_500,
    "right to left": "\u202eمرحبا بالعالم\u202c",
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE.keys())
def test_every_text_has_a_vector(e5: E5Embedder, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("memosd.providers.e5.encoder.MAX_WINDOWS", 2)  # what matters is that some are left out
    vector = e5.embed_one(text, "passage")
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_the_end_of_a_long_text_counts(e5: E5Embedder) -> None:
    opening = "We talked about the weather and about nothing else of importance. " * 60
    secret = "The spare key to the cellar lies under the third flowerpot. " * 40
    query = e5.embed_one("Where is the spare key?", "query")
    without, with_ = e5.embed_one(opening, "passage"), e5.embed_one(opening + secret, "passage")
    assert query @ with_ > query @ without + 0.05


GOLDEN = {
    ("query", "Where does my sister live?"): [-0.015, 0.0121, 0.016, 0.0552, 0.0958, 0.0825, 0.0246, -0.0279],
    ("passage", "我去年搬到了厦门。"): [0.0016, -0.07, 0.0339, -0.0479, 0.0657, 0.0024, -0.0382, 0.0041],
}


@pytest.mark.parametrize(("purpose", "text"), GOLDEN)
def test_vectors_stay_what_they_are_under_this_name(e5: E5Embedder, purpose: Purpose, text: str) -> None:
    """If this fails on purpose, the name of the model has to change with it, or stored vectors are compared with new
    ones that mean something else. Processors may differ a little in how they round."""
    assert e5.model == "multilingual-e5-small/1571fc98/int8-1/centred-1"
    np.testing.assert_allclose(e5.embed_one(text, purpose)[::48], GOLDEN[purpose, text], atol=0.01)


class Gate(Encoder):
    """Holds passages up until it is opened."""

    def __init__(self) -> None:
        self.dimensions = 2
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self, text: str, purpose: Purpose) -> Vector:
        if purpose == "passage":
            self.reached.set()
            assert self.open.wait(timeout=10)
        return np.array([1, 0], np.float32)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def gated(gate: Gate) -> E5Embedder:
    zeros: dict[Purpose, Vector] = {purpose: np.zeros(2, np.float32) for purpose in PURPOSES}
    return E5Embedder(gate, Centring(zeros, zeros), weights="none")


async def test_a_question_does_not_wait_for_passages(gate: Gate, gated: E5Embedder) -> None:
    passages = asyncio.create_task(gated.embed(["text"] * 50, purpose="passage"))
    try:
        assert await asyncio.to_thread(gate.reached.wait, 10)
        async with asyncio.timeout(10):
            assert (await gated.embed(["question"], purpose="query")).shape == (1, 2)
        assert not passages.done()
    finally:
        gate.open.set()
    assert (await passages).shape == (50, 2)
    gated.close()


async def test_cancelling_empties_the_queue(gate: Gate, gated: E5Embedder) -> None:
    passages = asyncio.create_task(gated.embed(["text"] * 50, purpose="passage"))
    assert await asyncio.to_thread(gate.reached.wait, 10)
    passages.cancel()
    with pytest.raises(asyncio.CancelledError):
        await passages
    gate.open.set()
    async with asyncio.timeout(10):
        assert (await gated.embed(["next"], purpose="passage")).shape == (1, 2)
    gated.close()


async def test_closing_finishes_what_is_queued_and_takes_no_more(gate: Gate, gated: E5Embedder) -> None:
    passages = asyncio.create_task(gated.embed(["text"] * 3, purpose="passage"))
    assert await asyncio.to_thread(gate.reached.wait, 10)
    gate.open.set()
    await asyncio.to_thread(gated.close)
    assert (await passages).shape == (3, 2)
    with pytest.raises(Unavailable, match="closed"):
        await gated.embed(["late"], purpose="passage")


def test_without_the_wheel_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="MEMOSD_EMBEDDER_URL"):
        E5Embedder.open(tmp_path)
    assert list(tmp_path.iterdir()) == []
