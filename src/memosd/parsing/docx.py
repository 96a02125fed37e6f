"""Word documents (.docx): paragraphs by their styles, lists and tables, in order."""

import io
import re
import zipfile
from collections.abc import Iterator

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError
from docx.oxml.exceptions import InvalidXmlError
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from memosd.domain.documents import Block, BlockKind, Document
from memosd.parsing.limits import Refused
from memosd.parsing.plain import heading_level, is_item

_LEVEL = re.compile(r"(?:heading|标题|標題)\s*(\d)", re.IGNORECASE)
_TITLE = re.compile(r"title|标题|標題", re.IGNORECASE)


def read_docx(content: bytes) -> Document:
    """Raises `Refused`."""
    try:
        word = docx.Document(io.BytesIO(content))
        blocks = list(_joined(_blocks(word)))
        title = (word.core_properties.title or "").strip()
    except (OpcError, InvalidXmlError, zipfile.BadZipFile, etree.LxmlError, KeyError, ValueError, AttributeError,
            IndexError, TypeError, NotImplementedError, EOFError, OSError) as error:  # fmt: skip
        raise Refused(f"the docx is damaged: {error}") from None
    first = next((b.text for b in blocks if b.kind is BlockKind.HEADING), "")
    return Document(title if title and title != "Word Document" else first, tuple(blocks))


def _blocks(word: WordDocument) -> Iterator[Block]:
    for part in word.iter_inner_content():
        if isinstance(part, Table):
            yield Block(BlockKind.TABLE, "\n".join(_rows(part)))
        elif text := part.text.strip():
            yield _paragraph(part, text)


def _paragraph(paragraph: Paragraph, text: str) -> Block:
    style = (paragraph.style.name if paragraph.style is not None else "") or ""
    if found := _LEVEL.search(style):
        return Block(BlockKind.HEADING, text, int(found.group(1)))
    if _TITLE.search(style):
        return Block(BlockKind.HEADING, text, 1)
    if level := heading_level(text):
        return Block(BlockKind.HEADING, text, level)
    numbered = paragraph._p.pPr is not None and paragraph._p.pPr.numPr is not None
    if numbered or "list" in style.lower() or "列表" in style:
        return Block(BlockKind.LIST, text if is_item(text) else f"- {text}")
    return Block(BlockKind.TEXT, text)


def _joined(blocks: Iterator[Block]) -> Iterator[Block]:
    """The items of one list as one block."""
    items: list[str] = []
    for block in blocks:
        if block.kind is BlockKind.LIST:
            items.append(block.text)
            continue
        if items:
            yield Block(BlockKind.LIST, "\n".join(items))
            items = []
        yield block
    if items:
        yield Block(BlockKind.LIST, "\n".join(items))


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells: list[str] = []
        seen: list[object] = []
        for cell in row.cells:
            if cell._tc in seen:  # a merged cell is told once
                continue
            seen.append(cell._tc)
            cells.append(" ".join(cell.text.split()))
        if any(cells):
            yield " | ".join(cells)
