"""Real files made by real programs: docx by python-docx, pdf by ReportLab, HTML and Markdown as they are written."""

import html
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import docx
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

CHINESE, LATIN = "STSong-Light", "Helvetica"
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with a text or the rows of a table, whose first one is its header, under it."""

    heading: str
    body: str | Rows


@dataclass(frozen=True, slots=True)
class Written:
    """A document to be made. lang: `zh` or `en`."""

    title: str
    lang: str
    sections: tuple[Section, ...]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Written":
        """From the JSON of `evals/data/own/documents.*.json`."""
        sections = tuple(Section(s["heading"], s.get("text") or s["table"]) for s in data["sections"])
        return cls(data["title"], data["lang"], sections)


def as_docx(document: Written) -> bytes:
    word = docx.Document()
    word.core_properties.title = document.title
    word.add_heading(document.title, 0)
    for section in document.sections:
        word.add_heading(section.heading, 1)
        if isinstance(section.body, str):
            word.add_paragraph(section.body)
        else:
            table = word.add_table(rows=0, cols=len(section.body[0]))
            for row in section.body:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def as_pdf(document: Written, *, pages_of: int = 0) -> bytes:
    """pages_of: if given, a new page begins after each so many sections."""
    font = CHINESE if document.lang == "zh" else LATIN
    if font == CHINESE:
        pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    styles = [ParagraphStyle(str(size), fontName=font, fontSize=size, leading=1.4 * size) for size in (20, 14, 10)]
    if font == CHINESE:
        for style in styles:
            style.wordWrap = "CJK"
    title, heading, body = styles
    parts: list[Any] = [Paragraph(html.escape(document.title), title), Spacer(1, 12)]
    for i, section in enumerate(document.sections, 1):
        parts += [Spacer(1, 8), Paragraph(html.escape(section.heading), heading), Spacer(1, 4)]
        if isinstance(section.body, str):
            parts.append(Paragraph(html.escape(section.body), body))
        else:
            parts.append(Table([list(row) for row in section.body], style=[("FONT", (0, 0), (-1, -1), font, 10)]))
        if pages_of and i % pages_of == 0:
            parts.append(PageBreak())
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, title=document.title).build(parts)
    return out.getvalue()


def as_html(document: Written) -> bytes:
    def body(section: Section) -> str:
        if isinstance(section.body, str):
            return f"<p>{html.escape(section.body)}</p>"
        rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in section.body)
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"

    parts = "".join(f"<h2>{html.escape(s.heading)}</h2>\n{body(s)}\n" for s in document.sections)
    title = html.escape(document.title)
    page = f"<!doctype html><html><head><title>{title}</title><script>var x = 1;</script></head>"
    return f"{page}<body><nav>Home</nav><h1>{title}</h1>\n{parts}</body></html>".encode()


def as_markdown(document: Written) -> bytes:
    def body(section: Section) -> str:
        if isinstance(section.body, str):
            return section.body
        header, *rows = (f"| {' | '.join(row)} |" for row in section.body)
        return "\n".join((header, "|---" * len(section.body[0]) + "|", *rows))

    parts = (f"## {section.heading}\n\n{body(section)}\n" for section in document.sections)
    return "\n".join((f"# {document.title}\n", *parts)).encode()


MAKE: Mapping[str, Callable[[Written], bytes]] = {
    "docx": as_docx,
    "pdf": as_pdf,
    "html": as_html,
    "md": as_markdown,
}
