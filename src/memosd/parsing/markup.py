"""HTML as it is found, and XML without entities."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from memosd.domain.documents import Block, BlockKind, Document
from memosd.parsing.limits import Refused

MAX_DEPTH = 256
_SILENT = frozenset("script style noscript template svg nav aside iframe object head form button select".split())
_BLOCKS = frozenset(
    "p div section article main header footer blockquote figure figcaption dl dt dd address td th body".split()
)
_SPACE = re.compile(r"\s+")


def read_html(text: str) -> Document:
    """Headings, paragraphs, lists, tables and code, in the order of the page; what is no content is left out."""
    from lxml import etree, html

    try:
        parser = html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)
        root = html.document_fromstring(text.encode(), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Refused(f"the HTML cannot be read: {error}") from None
    title = _SPACE.sub(" ", root.findtext(".//title") or "").strip()
    return Document(title, tuple(_Page(root).blocks))


class _Page:
    """Walks the tree without recursion: what is opened is on a stack, inline text gathers until a block ends it."""

    def __init__(self, root: Any) -> None:
        self.blocks: list[Block] = []
        self._text: list[str] = []
        waiting: list[Any] = [root]
        while waiting:
            step = waiting.pop()
            if isinstance(step, str):
                self._text.append(step)
            elif step is None:
                self._close()
            else:
                waiting += reversed(self._enter(step))
        self._close()

    def _enter(self, element: Any) -> list[Any]:
        """What comes instead of an element: its parts, None where a block ends."""
        tail = [element.tail] if element.tail else []
        tag = element.tag
        if not isinstance(tag, str) or (tag in _SILENT):
            return tail
        if re.fullmatch(r"h[1-6]", tag):
            self._add(BlockKind.HEADING, _inside(element), int(tag[1]))
        elif tag == "table" and not element.findall(".//table"):
            rows = (" | ".join(_inside(cell) for cell in row if cell.tag in ("td", "th")) for row in element.iter("tr"))
            self._add(BlockKind.TABLE, "\n".join(row for row in rows if row.strip(" |")))
        elif tag in ("ul", "ol") and not element.findall(".//table"):
            items = [f"- {_inside(item)}" for item in element.iter("li") if item.find(".//li") is None]
            self._add(BlockKind.LIST, "\n".join(items))
        elif tag == "pre":
            self._add(BlockKind.CODE, "".join(element.itertext()).strip("\n"))
        else:
            parts: list[Any] = [element.text] if element.text else []
            parts += list(element)
            if tag == "br":
                parts = ["\n"]
            return [None, *parts, None, *tail] if tag in _BLOCKS else [*parts, *tail]
        return tail

    def _add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        self._close()
        if text:
            self.blocks.append(Block(kind, text, level))

    def _close(self) -> None:
        text = _SPACE.sub(" ", "".join(self._text)).strip()
        self._text.clear()
        if text:
            self.blocks.append(Block(BlockKind.TEXT, text))


def _inside(element: Any) -> str:
    return _SPACE.sub(" ", "".join(element.itertext())).strip()


def read_xml(content: bytes) -> Document:
    """The text of each element after its name; elements that hold others are headings."""
    try:
        blocks = list(_elements(content))
    except DefusedXmlException:
        raise Refused(
            "it declares entities, which are not read: they can grow without bound or name other files"
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        raise Refused(f"it is not well-formed XML: {error}") from None
    return Document("", tuple(blocks))


def _elements(content: bytes) -> Iterator[Block]:
    lines: list[str] = []
    depth = 0
    leaf = True
    for event, element in iterparse(BytesIO(content), events=("start", "end"), forbid_dtd=False):
        name = str(element.tag).rsplit("}", 1)[-1]
        if event == "start":
            depth += 1
            if depth > MAX_DEPTH:
                raise Refused(f"it is nested deeper than {MAX_DEPTH}")
            leaf = True
            lines += [f"{key.rsplit('}', 1)[-1]}: {value}" for key, value in element.attrib.items() if value.strip()]
            continue
        text = _SPACE.sub(" ", "".join(element.itertext()) if leaf else (element.text or "")).strip()
        if text:
            lines.append(f"{name}: {text}")
        if not leaf and lines:  # the end of what holds others: its lines belong together
            yield Block(BlockKind.LIST, "\n".join(lines))
            lines = []
        leaf = False
        depth -= 1
        element.clear()
    if lines:
        yield Block(BlockKind.LIST, "\n".join(lines))
