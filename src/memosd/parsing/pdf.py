"""PDF: text with headings told by the size of their letters, rows of tables, page numbers; pictures of text by OCR.

PDFium gives runs of text with their boxes, in the order in which the page draws them. Runs on one height are a line; a
wide gap inside a line parts two cells; lines close to each other are a paragraph.
"""

import collections
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
from pypdfium2 import raw

from memosd.domain.documents import Block, BlockKind, Document
from memosd.parsing.limits import Bounds, Refused
from memosd.parsing.plain import MAX_TITLE, heading_level, is_item

LARGER = 1.12
"""Times the usual height of letters: a short line of larger ones is a heading."""
CELL_GAP = 0.75
"""Heights of letters: a wider gap inside a line parts two cells."""
PARAGRAPH_GAP = 1.15
"""Times the usual distance of two lines: a wider one parts two paragraphs."""
REPEATED = 0.6
"""Share of the pages on which the first or last line must stand to be a page's header or footer."""
EDGE = 2
"""Lines at the top and the bottom of a page that may be its header and footer."""
MIN_PAGES = 4
"""Pages from which headers and footers are looked for."""
MAX_RUNS = 20_000
"""Runs of text on one page."""
OCR_SCALE = 2.5
"""Pixels a point: 180 dpi."""
MAX_SCANNED = 100
"""Pages of one file that are read as pictures: each takes seconds."""
_HAN_SIDE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
_DIGITS = re.compile(r"\d+")


@dataclass(slots=True)
class Line:
    """top, bottom, left, right in points, the origin below. height: of its letters."""

    cells: list[str]
    left: float
    right: float
    bottom: float
    top: float
    height: float
    page: int

    @property
    def text(self) -> str:
        return " | ".join(self.cells)


def read_pdf(content: bytes, bounds: Bounds) -> Document:
    """Raises `Refused`."""
    try:
        pdf = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        encrypted = "password" in str(error).lower()
        raise Refused("the PDF is encrypted" if encrypted else f"the PDF is damaged: {error}") from None
    try:
        pages = len(pdf)
        if pages > bounds.pages:
            raise Refused(f"it has {pages} pages, at most {bounds.pages} are read")
        title = str(pdf.get_metadata_value("Title") or "").strip()
        by_page = [_lines(pdf, number) for number in range(pages)]
    finally:
        pdf.close()
    lines = _without_margins(by_page)
    blocks = tuple(_blocks(lines))
    first = next((b.text for b in blocks if b.kind is BlockKind.HEADING), "")
    named = title and title.lower() not in ("untitled", "(anonymous)") and not title.lower().endswith((".doc", ".docx"))
    return Document(title if named else first, blocks, pages)


def _lines(pdf: pdfium.PdfDocument, number: int) -> list[Line]:
    try:
        page = pdf[number]
    except pdfium.PdfiumError as error:
        raise Refused(f"the PDF is damaged: page {number + 1} cannot be read ({error})") from None
    try:
        text = page.get_textpage()
        try:
            lines = _read_lines(text, number + 1)
        finally:
            text.close()
        if not lines and number < MAX_SCANNED and _has_picture(page):
            lines = _scanned(page, number + 1)
    except pdfium.PdfiumError as error:
        raise Refused(f"the PDF is damaged: page {number + 1} cannot be read ({error})") from None
    finally:
        page.close()
    return lines


def _read_lines(text: pdfium.PdfTextPage, number: int) -> list[Line]:
    lines: list[Line] = []
    for i in range(min(text.count_rects(), MAX_RUNS)):
        left, bottom, right, top = text.get_rect(i)
        said = " ".join(text.get_text_bounded(left, bottom, right, top).replace("\ufffe", "").split())
        if not said:
            continue
        bottom, top = _letters(text, left, bottom, right, top)
        height = top - bottom
        last = lines[-1] if lines else None
        if last and _beside(last, left, bottom, top):
            gap = left - last.right
            if gap > CELL_GAP * min(last.height, height):
                last.cells.append(said)
            else:
                spaced = gap > 0.15 * height and not (_HAN_SIDE.match(said) and _HAN_SIDE.match(last.cells[-1][-1]))
                last.cells[-1] += (" " if spaced else "") + said
            last.right, last.top, last.bottom = right, max(last.top, top), min(last.bottom, bottom)
            last.height = max(last.height, height)
        else:
            lines.append(Line([said], left, right, bottom, top, height, number))
    return lines


def _beside(line: Line, left: float, bottom: float, top: float) -> bool:
    shared = min(line.top, top) - max(line.bottom, bottom)
    return shared > 0.5 * min(line.top - line.bottom, top - bottom) and left >= line.right - 1


def _letters(text: pdfium.PdfTextPage, left: float, bottom: float, right: float, top: float) -> tuple[float, float]:
    """Bottom and top of the line that a run stands on: those of its font, whatever letters the run has."""
    at = text.get_index((left + min(right - left, 2 * (top - bottom)) / 4), (bottom + top) / 2, 5, 5)
    if at is None:
        return bottom, top
    _, low, _, high = text.get_charbox(at, loose=True)
    return min(low, bottom), max(high, top)


def _has_picture(page: pdfium.PdfPage) -> bool:
    return next(page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3), None) is not None


def _scanned(page: pdfium.PdfPage, number: int) -> list[Line]:
    from memosd.parsing.ocr import MAX_SIDE, lines_of

    width, height = page.get_size()
    scale = min(OCR_SCALE, MAX_SIDE / max(width, height, 1))
    bitmap = page.render(scale=scale)
    said = list(lines_of(bitmap.to_pil()))
    bitmap.close()
    return [Line([text], 0, width, -1.2 * i - 1, -1.2 * i, 1, number) for i, text in enumerate(said)]


def _without_margins(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """All lines less those that stand at the top or the bottom of most pages, whatever their numbers."""
    counted: collections.Counter[str] = collections.Counter()
    if len(pages) >= MIN_PAGES:
        for lines in pages:
            counted.update({_DIGITS.sub("0", line.text) for line in (*lines[:EDGE], *lines[-EDGE:])})
    repeated = {text for text, n in counted.items() if n >= REPEATED * len(pages)}
    return [
        line
        for lines in pages
        for i, line in enumerate(lines)
        if EDGE <= i < len(lines) - EDGE or _DIGITS.sub("0", line.text) not in repeated
    ]


def _blocks(lines: Sequence[Line]) -> Iterator[Block]:
    sizes: collections.Counter[float] = collections.Counter()
    for line in lines:
        sizes[round(line.height, 1)] += len(line.text)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    larger = sorted({size for size in sizes if size >= usual * LARGER}, reverse=True)
    for group in _groups(lines, usual, _leading(lines, usual)):
        yield _block(group, usual, larger)


def _leading(lines: Sequence[Line], usual: float) -> float:
    """The usual distance of two lines that follow each other."""
    steps = collections.Counter(
        round(a.bottom - b.bottom)
        for a, b in itertools.pairwise(lines)
        if a.page == b.page and 0 < a.bottom - b.bottom < 4 * usual
    )
    return float(steps.most_common(1)[0][0]) if steps else 1.5 * usual


def _groups(lines: Sequence[Line], usual: float, leading: float) -> Iterator[list[Line]]:
    group: list[Line] = []
    for line in lines:
        if group and not _goes_on(group, line, usual, leading):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _goes_on(group: Sequence[Line], line: Line, usual: float, leading: float) -> bool:
    last = group[-1]
    if (len(last.cells) > 1) != (len(line.cells) > 1) or abs(last.height - line.height) > 0.12 * usual:
        return False
    if len(line.cells) > 1:
        return len(last.cells) == len(line.cells) or last.page == line.page
    if heading_level(last.text) or heading_level(line.text):
        return False
    if is_item(line.text) and not is_item(group[0].text):
        return False
    if last.page != line.page:
        return not re.search(r"[。.！!？?：:]$", last.text)
    return 0 < last.bottom - line.bottom <= PARAGRAPH_GAP * leading + 0.5


def _block(group: Sequence[Line], usual: float, larger: Sequence[float]) -> Block:
    page = group[0].page
    if len(group[0].cells) > 1:
        return Block(BlockKind.TABLE, "\n".join(line.text for line in group), page=page)
    text = group[0].text
    for line in group[1:]:
        text = text + "\n" + line.text if is_item(line.text) else _continued(text, line.text)
    if len(group) <= 2 and len(text) <= MAX_TITLE:
        size = round(group[0].height, 1)
        if size in larger:
            return Block(BlockKind.HEADING, text, min(6, 1 + larger.index(size)), page)
        if len(group) == 1 and (level := heading_level(text)):
            return Block(BlockKind.HEADING, text, min(6, level + len(larger)), page)
    return Block(BlockKind.LIST if is_item(text) and "\n" in text else BlockKind.TEXT, text, page=page)


def _continued(text: str, line: str) -> str:
    if text.endswith("-") and len(text) > 1 and text[-2].isalpha() and line[:1].islower():
        return text[:-1] + line
    return text + ("" if _HAN_SIDE.match(text[-1:]) or _HAN_SIDE.match(line) else " ") + line
