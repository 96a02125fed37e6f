"""SentencePiece's unigram segmentation (Kudo 2018, arXiv:1804.10959): the most probable cut into known pieces.

Written out here because the usual library needs about 280 MB and a second to hold this vocabulary of 250,000 pieces;
this needs about 45 MB. The search is Viterbi's over each word, and the cuts of short words are remembered.
"""

import re
from functools import lru_cache
from math import inf

from memosd.providers.e5.weights import Vocabulary

_SPACE = "\u2581"  # SentencePiece's visible space, which begins each word
_UNKNOWN_PENALTY = 10.0  # below the rarest piece, as in SentencePiece
_SURROGATES = re.compile("[\ud800-\udfff]")
_REMEMBERED_WORDS = 16_384
_REMEMBERED_LENGTH = 24


class Tokenizer:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._replacements = vocabulary.replacements
        self._scores = vocabulary.scores
        self._unknown = vocabulary.unknown
        self._unknown_score = min(vocabulary.scores) - _UNKNOWN_PENALTY
        # Marks such as "</s>" are left out: in a text they are characters like all others.
        self._ids = {p: i for i, p in enumerate(vocabulary.pieces) if p and i not in vocabulary.specials}
        self._longest: dict[str, int] = {}
        for piece in self._ids:
            if len(piece) > self._longest.get(piece[0], 0):
                self._longest[piece[0]] = len(piece)
        self._remembered = lru_cache(maxsize=_REMEMBERED_WORDS)(self._cut)

    def __call__(self, text: str) -> list[int]:
        """The ids of the text's pieces, without begin and end marks; none for a blank text."""
        normal = _SURROGATES.sub("\ufffd", text).translate(self._replacements)
        return [
            piece
            for word in normal.split(" ")
            if word
            for piece in (self._remembered if len(word) <= _REMEMBERED_LENGTH else self._cut)(_SPACE + word)
        ]

    def _cut(self, word: str) -> tuple[int, ...]:
        length = len(word)
        best = [0.0] + [-inf] * length
        cuts = [(0, self._unknown)] * (length + 1)  # for each end: where its last piece starts, and the piece
        find, scores, longest = self._ids.get, self._scores, self._longest
        for start in range(length):
            here = best[start]
            if here + self._unknown_score > best[start + 1]:
                best[start + 1], cuts[start + 1] = here + self._unknown_score, (start, self._unknown)
            for end in range(start + 1, min(start + longest.get(word[start], 0), length) + 1):
                piece = find(word[start:end])
                if piece is not None and here + scores[piece] > best[end]:
                    best[end], cuts[end] = here + scores[piece], (start, piece)
        pieces: list[int] = []
        at = length
        while at:
            at, piece = cuts[at]
            if piece != self._unknown or not pieces or pieces[-1] != piece:  # a run of unknown characters is one
                pieces.append(piece)
        return tuple(reversed(pieces))
