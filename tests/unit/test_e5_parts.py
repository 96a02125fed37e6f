"""The parts of the bundled embedder: weights, tokenizer, centring, windows, the cached graph."""

import json
import os
import stat
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from memosd.domain.errors import Unavailable
from memosd.ports.models import Purpose
from memosd.providers.e5 import cache, graph
from memosd.providers.e5.cache import load_graph
from memosd.providers.e5.centring import chineseness
from memosd.providers.e5.encoder import Encoder, spread
from memosd.providers.e5.tokenizer import Tokenizer
from memosd.providers.e5.weights import Vocabulary, Weights, find_weights, unpack
from tests.support.embedder import graphs as graphs
from training.centring.means import means, sentences


@pytest.fixture(scope="module")
def weights() -> Weights:
    return Weights(find_weights())


@pytest.fixture(scope="module")
def vocabulary(weights: Weights) -> Vocabulary:
    return weights.vocabulary()


def small(*pieces: tuple[str, float]) -> Tokenizer:
    marks = [("<s>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    names, scores = zip(*marks, *pieces, strict=True)
    return Tokenizer(Vocabulary(names, scores, {0xFF21: "A", 9: " ", 7: ""}, 0, 1, 2, frozenset((0, 1, 2))))


def test_blocks_are_unpacked_low_nibbles_first() -> None:
    block = np.zeros((1, 1, 18), np.uint8)
    block[0, 0, :2] = np.array([0.5], np.float16).view(np.uint8)
    block[0, 0, 2:] = 0x88
    block[0, 0, 2] = 0xF0
    expected = np.zeros((1, 32), np.float32)
    expected[0, 0], expected[0, 16] = -4, 3.5
    np.testing.assert_array_equal(unpack(block), expected)


@pytest.mark.parametrize("content", [b"", b"E5S1", b"other" * 100, b"E5S1" + bytes(100)])
def test_a_file_that_is_not_the_weights_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(content)
    with pytest.raises(Unavailable, match=r"weights\.bin"):
        Weights(path)


def test_the_most_probable_cut_is_chosen_not_the_longest_piece() -> None:
    tokenize = small(("▁", -1), ("a", -3), ("b", -3), ("▁ab", -9), ("ab", -7), ("▁a", -2))
    assert tokenize("ab") == [8, 5]


def test_a_run_of_unknown_characters_is_one_piece() -> None:
    tokenize = small(("▁", -1), ("a", -3))
    assert tokenize("a☃☃☃a") == [3, 4, 2, 4]


def test_characters_are_replaced_before_cutting() -> None:
    tokenize = small(("▁A", -1))
    assert tokenize("\uff21\t \x07A  A") == [3, 3, 3]


def test_marks_in_a_text_are_text() -> None:
    tokenize = small(("▁", -1), ("<", -2), ("s", -2), (">", -2))
    assert tokenize("<s>") == [3, 4, 5, 6]


def test_remembered_and_long_words_are_cut_alike() -> None:
    tokenize = small(("▁", -1), ("ab", -2), ("a", -3), ("b", -3))
    assert tokenize("ab" * 40)[1:] == tokenize("ab" * 10)[1:] * 4 == [4] * 40


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("The user's favourite tea", ["▁The", "▁user", "'", "s", "▁favourite", "▁tea"]),
        ("用户喜欢喝茶。", ["▁", "用户", "喜欢", "喝", "茶", "。"]),
        ("ＡＢＣ　naïve café", ["▁ABC", "▁na", "ï", "ve", "▁café"]),
    ],
)
def test_real_texts_are_cut_as_by_the_reference(vocabulary: Vocabulary, text: str, pieces: list[str]) -> None:
    """The expected pieces were made by the `tokenizers` package from the same vocabulary."""
    assert [vocabulary.pieces[i] for i in Tokenizer(vocabulary)(text)] == pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我去年搬到了厦门。", 1),
        ("I moved to Lisbon.", 0),
        ("我在 Google 上班", 4 / 5),
        ("Señor Núñez", 0),
        ("Привет, мир", 0.5),
        ("한국어", 0.5),
        ("東京へ", 2.5 / 3),
        ("2024-05-01 😀 …", 0.5),
        ("", 0.5),
        ("𠮷野家", 1),
    ],
)
def test_language_is_told_by_script(text: str, expected: float) -> None:
    assert chineseness(text) == pytest.approx(expected)


def test_the_stored_means_are_those_of_the_sentences(weights: Weights, graphs: Path) -> None:
    stored = json.loads(resources.files("memosd.providers.e5").joinpath("means.json").read_text(encoding="utf-8"))
    made = means(Encoder(weights, load_graph(graphs, weights)))
    assert stored.keys() == made.keys() == {"en", "zh"}
    for language in made:
        assert stored[language].keys() == made[language].keys() == {"query", "passage"}
        for purpose, mean in made[language].items():
            np.testing.assert_allclose(stored[language][purpose], mean, atol=1e-3)


@pytest.mark.parametrize("purpose", ["query", "passage"])
def test_the_sentences_are_alike_in_number_and_none_is_doubled(purpose: Purpose) -> None:
    english, chinese = sentences("en", purpose), sentences("zh", purpose)
    assert len(english) == len(set(english)) == len(chinese) == len(set(chinese)) > 80


def test_the_graph_is_the_same_each_time_it_is_built(weights: Weights, graphs: Path) -> None:
    assert graph.build(weights) == load_graph(graphs, weights)


@pytest.mark.parametrize("length", [0, 1, 99, 100, 101, 170, 190, 191, 1000, 1001])
def test_windows_cover_a_text_in_equal_parts_that_overlap(length: int) -> None:
    windows = list(spread(length, size=100, overlap=10, most=50))
    assert (windows[0].start, windows[-1].stop) == (0, length)
    assert {w.stop - w.start for w in windows} == {min(length, 100)}
    assert all(later.start <= earlier.stop - 10 for earlier, later in pairwise(windows))


def test_windows_of_an_endless_text_are_few_and_evenly_spaced() -> None:
    windows = list(spread(100_000, size=100, overlap=10, most=5))
    assert [w.start for w in windows] == [0, 24975, 49950, 74925, 99900]
    assert list(spread(100_000, size=100, overlap=10, most=1)) == [slice(0, 100)]


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every build of the graph, which is replaced by a few bytes."""
    done: list[Path] = []

    def build(weights: Path) -> bytes:
        done.append(weights)
        return b"a graph"

    monkeypatch.setattr(cache, "_build", build)
    return done


def test_the_graph_is_built_once(tmp_path: Path, weights: Weights, builds: list[Path]) -> None:
    directory = tmp_path / "not" / "there yet"
    assert load_graph(directory, weights) == load_graph(directory, weights) == b"a graph"
    assert builds == [weights.path]
    assert len(list(directory.iterdir())) == 1


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied"])
def test_a_damaged_graph_is_built_again(tmp_path: Path, weights: Weights, builds: list[Path], damage: str) -> None:
    load_graph(tmp_path, weights)
    [path] = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[:-1], "flipped": whole[:-1] + b"\x00", "emptied": b""}[damage])
    assert load_graph(tmp_path, weights) == b"a graph"
    assert len(builds) == 2
    assert path.read_bytes() == whole


def test_another_builder_does_not_use_the_graph(
    tmp_path: Path, weights: Weights, builds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_graph(tmp_path, weights)
    monkeypatch.setattr(cache, "_BUILDERS", ("graph.py", "weights.py", "tokenizer.py"))
    load_graph(tmp_path, weights)
    assert len(builds) == len(list(tmp_path.iterdir())) == 2


def test_a_build_that_finishes_second_does_no_harm(
    tmp_path: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(source: Path) -> bytes:
        monkeypatch.setattr(cache, "_build", lambda source: b"a graph")
        assert load_graph(tmp_path, weights) == b"a graph"  # the other process, which is through first
        return b"a graph"

    monkeypatch.setattr(cache, "_build", build)
    assert load_graph(tmp_path, weights) == b"a graph"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, weights: Weights, builds: list[Path]) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="file"):
        load_graph(tmp_path / "file" / "below", weights)


def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, weights: Weights, builds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        load_graph(tmp_path, weights)
    assert list(tmp_path.iterdir()) == []


def test_the_builder_knows_no_secret(tmp_path: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho \"key: '$MEMOSD_MODEL_KEY', path: $PATH\" >&2\nexit 1\n")
    python.chmod(stat.S_IRWXU)
    monkeypatch.setattr("sys.executable", str(python))
    monkeypatch.setenv("MEMOSD_MODEL_KEY", "a secret")
    with pytest.raises(Unavailable, match=r"key: '', path: ."):
        load_graph(tmp_path / "cache", weights)


def test_a_builder_that_fails_says_why(tmp_path: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named onnx' >&2\nexit 1\n")
    python.chmod(stat.S_IRWXU)
    monkeypatch.setattr("sys.executable", str(python))
    with pytest.raises(Unavailable, match="No module named onnx"):
        load_graph(tmp_path / "cache", weights)
    assert not (tmp_path / "cache").exists()
