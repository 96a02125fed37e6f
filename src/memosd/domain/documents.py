"""What a file says, with its structure, whatever its format was."""

from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    HEADING = "heading"
    TEXT = "text"
    LIST = "list"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, list, table or heading. level: of a heading, from 1. page: from 1, 0 where there are no pages.

    The lines of a table are its rows, the first one its header; the cells of a row stand between ` | `.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """title: the document's own, empty if it has none. members: the paths inside a package, else none."""

    title: str
    blocks: tuple[Block, ...]
    pages: int = 0
    members: tuple[str, ...] = ()
