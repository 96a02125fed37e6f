"""Telling what a model thinks from what it says, where the server leaves both in one text: `<think>…</think>`."""

from collections.abc import Iterator

from memosd.ports.models import Piece

OPEN, CLOSE = "<think>", "</think>"


class ThinkingSplitter:
    """Reads an answer in pieces of any size. Only thinking that opens the answer counts: later tags are text."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"

    def feed(self, text: str) -> Iterator[Piece]:
        """What can be told apart by now."""
        self._held += text
        if self._state == "start":
            begun = self._held.lstrip()
            if begun.startswith(OPEN):
                self._held, self._state = begun[len(OPEN) :], "opened"
            elif begun and not OPEN.startswith(begun):
                self._state = "text"
        if self._state == "opened":
            self._held = self._held.lstrip()
            self._state = "thinking" if self._held else "opened"
        if self._state == "thinking":
            thought, tag, rest = self._held.partition(CLOSE)
            if tag:
                self._held, self._state = rest.lstrip(), "after"
            else:
                keep = _open_end(thought)
                thought, self._held = thought[: len(thought) - keep], thought[len(thought) - keep :]
            if thought:
                yield Piece(thought, reasoning=True)
        if self._state == "after":  # blank lines between thought and answer are neither
            self._held = self._held.lstrip()
            self._state = "text" if self._held else "after"
        if self._state == "text" and self._held:
            yield Piece(self._held)
            self._held = ""

    def end(self) -> Iterator[Piece]:
        """What was held back when the answer ended."""
        if self._held.strip():
            yield Piece(self._held, reasoning=self._state == "thinking")
        self._held = ""


def _open_end(text: str) -> int:
    """How many of the last characters may be the beginning of the closing tag."""
    return next((n for n in range(min(len(text), len(CLOSE) - 1), 0, -1) if CLOSE.startswith(text[-n:])), 0)


def without_thinking(text: str) -> str:
    splitter = ThinkingSplitter()
    pieces = [*splitter.feed(text), *splitter.end()]
    return "".join(piece.text for piece in pieces if not piece.reasoning)
