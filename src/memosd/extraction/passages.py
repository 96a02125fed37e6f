"""Documents as memories: passages cut by structure, each with the headings it stands under."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from memosd.domain.changes import Add
from memosd.domain.documents import Block, BlockKind, Document
from memosd.domain.files import File
from memosd.domain.ids import MemoryId
from memosd.domain.memories import Content, Kind, View
from memosd.extraction.titles import TITLE
from memosd.language.names import keywords, names
from memosd.language.script import language_of
from memosd.language.sentences import clip, close_gaps, pieces, size
from memosd.language.terms import terms

PASSAGE = 160
"""Tokens of a passage, about; small enough that nine of them can be put before a model."""
MAX_PASSAGES = 10_000
"""Of one file."""
MAX_PATH = 160
"""Characters of the headings that a passage carries."""
MAX_TAGS = 6
MAX_ROWS = 12
"""Rows of a table that are found by themselves as well."""
ABOUT = 240
"""Characters of what was said with a file."""


@dataclass(slots=True)
class _Passage:
    path: tuple[str, ...]
    page: int
    parts: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    size: int = 0

    def take(self, text: str, *, rows: Sequence[str] = ()) -> None:
        self.parts.append(text)
        self.rows += rows
        self.size += size(text)


def passages(document: Document, file: File, *, tags: Sequence[str] = (), said: str = "") -> list[Add]:
    """Each passage links to the one before it. said: what was said with the file, if anything.

    The ids are always the same for the same file, so that reading it again repeats nothing.
    """
    found: list[Add] = []
    for cut in _cut(document):
        if len(found) == MAX_PASSAGES:
            break
        content = _content(document, file, cut, len(found), tags=tags, said=said if not found else "")
        found.append(Add(passage_id(file, len(found)), content, after=found[-1].id if found else None))
    return found


def passage_id(file: File, part: int) -> MemoryId:
    return MemoryId(f"mem_{hashlib.sha256(f'{file.id}/{part}'.encode()).hexdigest()[:32]}")


def _cut(document: Document) -> Iterator[_Passage]:
    headings: list[tuple[int, str]] = []
    current: _Passage | None = None
    for block in document.blocks:
        if block.kind is BlockKind.HEADING:
            if current:
                yield current
                current = None
            headings = [h for h in headings if h[0] < block.level] + [(block.level, " ".join(block.text.split()))]
            continue
        path = tuple(text for _, text in headings)
        for text, rows in _pieces(block):
            if current and current.size + size(text) > PASSAGE:
                yield current
                current = None
            current = current or _Passage(path, block.page)
            current.take(text, rows=rows)
    if current:
        yield current
    elif headings and not any(b.kind is not BlockKind.HEADING for b in document.blocks):
        yield _Passage((), document.blocks[0].page, ["\n".join(b.text for b in document.blocks)])


def _pieces(block: Block) -> Iterator[tuple[str, Sequence[str]]]:
    """A block as pieces that fit into a passage, with the rows of a table; its header goes with each piece."""
    block = replace(block, text=close_gaps(block.text))
    if block.kind is BlockKind.TABLE:
        header, *rows = block.text.split("\n")
        for some in _packed(rows, PASSAGE - size(header)):
            yield "\n".join((header, *some)), some
        if not rows:
            yield header, ()
    elif block.kind in (BlockKind.LIST, BlockKind.CODE) and size(block.text) > PASSAGE:
        for some in _packed(block.text.split("\n"), PASSAGE):
            yield "\n".join(some), ()
    else:
        for piece in pieces(block.text, limit=PASSAGE) if size(block.text) > PASSAGE else [block.text]:
            yield piece, ()


def _packed(lines: Sequence[str], limit: int) -> Iterator[list[str]]:
    """Whole lines, together as long as they fit; a line that is too long is cut."""
    some: list[str] = []
    total = 0
    for line in (
        piece for whole in lines for piece in (pieces(whole, limit=PASSAGE) if size(whole) > PASSAGE else [whole])
    ):
        if some and total + size(line) > limit:
            yield some
            some, total = [], 0
        some.append(line)
        total += size(line)
    if some:
        yield some


def _content(document: Document, file: File, cut: _Passage, part: int, *, tags: Sequence[str], said: str) -> Content:
    body = "\n".join(cut.parts)
    name = document.title or file.name
    path = cut.path if not name or (cut.path and cut.path[0] == name) else (name, *cut.path)
    where = clip(" > ".join(path), characters=MAX_PATH)
    about = f"“{clip(said, characters=ABOUT)}”\n" if said else ""
    value = f"{where}\n{about}{body}" if where else f"{about}{body}"
    whole = " ".join(value.split())
    rows = [f"{path[-1] if path else ''} {row}".strip() for row in cut.rows[:MAX_ROWS]] if len(cut.rows) > 1 else []
    return Content(
        kind=Kind.PASSAGE,
        title=clip(path[-1] if path else body, characters=TITLE),
        value=value,
        said_at=file.created_at,
        sources=(file.message,),
        keys=(whole, *dict.fromkeys(rows)),
        terms=tuple(terms(value)),
        entities=names(body),
        tags=tuple(dict.fromkeys((*tags, *keywords(value, limit=MAX_TAGS)))),
        view=View.DOCUMENT,
        language=language_of(body),
        confidence=0.95,
        detail={"file": file.id, "file_name": file.name, "page": cut.page, "part": part},
    )
