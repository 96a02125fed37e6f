"""Text without a format of its own, Markdown and JSON."""

import functools
import re
from collections.abc import Iterator
from typing import Any

from charset_normalizer import from_bytes

from memosd.domain.documents import Block, BlockKind, Document
from memosd.parsing.limits import Refused

MAX_TITLE = 80
"""Characters of a line that may be a heading."""
GUESSED_FROM = 200_000
"""Bytes, or characters, from which an encoding is guessed."""
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CHINESE = ("gb18030", "big5hkscs", "cp950")
"""Mainland China's; Big5 with the characters of Hong Kong, and with those of Windows."""
_FREQUENT = (("gb2312", range(0xB0, 0xD8)), ("big5", range(0xA4, 0xC7)))
"""First bytes under which a character set keeps its frequent Han characters, the rare ones behind them."""
_MARKS = "，。、：；！？…—～·‘’“”「」『』（）《》〈〉【】"
_HAN_RUN = re.compile("[\u4e00-\u9fff]{2,}")
_NUMBERED = re.compile(
    r"(?:第[一二三四五六七八九十百零〇\d]{1,5}[章节節条條编編部篇]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[)）]"
    r"|(?:Chapter|Section|Part|Article|Appendix)\s+[\dIVXLA-Z]{1,5}\b|\d{1,2}(?:\.\d{1,2}){0,3}[.、]?\s+(?=[^\W\d_]))"
)
_ENDED = re.compile(r"[。！？!?；;，,：:]$|(?<![A-Z])\.$")
_FENCE = re.compile(r"^\s{0,3}(```+|~~~+)")
_ATX = re.compile(r"^\s{0,3}(#{1,6})\s+(.*)$")
_UNDERLINE = re.compile(r"^\s{0,3}(=+|-+)\s*$")
_ITEM = re.compile(r"^\s*(?:[-*+•·●○▪]|\d{1,3}[.)、]|[（(]\d{1,3}[)）])\s*\S")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^[\s:|-]+$")
_FRONT = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_CONTROLS = {code: None for code in (*range(9), 11, *range(14, 32), 127)}


def decode(content: bytes) -> str:
    """The text of bytes in whatever encoding, without control characters. Raises `Refused` if it is no text."""
    text = _decoded(content)
    if text.count("\0") or sum(c < " " and c not in "\t\n\r\f" for c in text[:GUESSED_FROM]) > len(text) / 50:
        raise Refused("it is no text, and none of the formats that are read")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").translate(_CONTROLS)


def _decoded(content: bytes) -> str:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    readings = [text for encoding in _CHINESE if (text := _chinese(content, encoding))]
    if readings:  # a guess by statistics takes short Chinese for something else
        return max(readings, key=_commonness)
    best = from_bytes(content[:GUESSED_FROM]).best()
    if best is None:
        raise Refused("it is no text, and none of the formats that are read")
    return content.decode(best.encoding, "replace")


def _chinese(content: bytes, encoding: str) -> str:
    """Empty if it is no Chinese in this encoding."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return ""
    # Letters with accents, taken for Chinese, are single characters among Latin letters.
    together = sum(len(run) for run in _HAN_RUN.findall(text))
    return text if together * 3 >= sum(c > "\x7f" for c in text) > 0 and "\0" not in text else ""


def _commonness(text: str) -> float:
    """How many in one of the characters that are not ASCII are common ones. GB 18030 accepts all text in Big5, and Big5
    some in GB 18030, but what comes of it is full of rare, Japanese and private characters."""
    told = [c for c in text[:GUESSED_FROM] if c > "\x7f"]
    return sum(c in _common() for c in told) / len(told)


@functools.cache
def _common() -> frozenset[str]:
    found = set(_MARKS)
    for codec, firsts in _FREQUENT:
        found.update(bytes((first, second)).decode(codec, "ignore") for first in firsts for second in range(0x40, 0xFF))
    return frozenset(found)


def heading_level(line: str) -> int:
    """The level of a line that numbers itself as a heading ('第二章 …', '二、…', '3.1 …'), 0 if it is none."""
    found = _NUMBERED.match(line)
    if not found or len(line) > MAX_TITLE or _ENDED.search(line):
        return 0
    number = found.group()
    if re.match(r"第.+[章编編部篇]|Chapter|Part|Appendix", number):
        return 1
    if re.match(r"第|[一二三四五六七八九十]+、|Section|Article", number):
        return 2
    return 3 if number[0] in "（(" else 1 + number.strip(" .、").count(".") + 1


def is_item(line: str) -> bool:
    return bool(_ITEM.match(line))


def read_plain(text: str) -> Document:
    """Paragraphs between blank lines; lines that number themselves are headings."""
    blocks: list[Block] = []
    for paragraph in re.split(r"\n[ \t　]*\n+", text):
        lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
        rest: list[str] = []
        for line in lines:
            if level := heading_level(line):
                blocks += _paragraph(rest)
                rest = []
                blocks.append(Block(BlockKind.HEADING, line, level))
            else:
                rest.append(line)
        blocks += _paragraph(rest)
    first = blocks[0] if blocks else None
    title = first.text if first and "\n" not in first.text and len(first.text) <= MAX_TITLE else ""
    return Document(title, tuple(blocks))


def _paragraph(lines: list[str]) -> list[Block]:
    if not lines:
        return []
    kind = BlockKind.LIST if sum(map(is_item, lines)) * 2 > len(lines) > 1 else BlockKind.TEXT
    return [Block(kind, "\n".join(lines))]


def read_markdown(text: str) -> Document:
    """Headings, fenced code, lists, tables and paragraphs; front matter is left out."""
    blocks: list[Block] = []
    rest: list[str] = []
    fence = ""

    def close(kind: BlockKind | None = None) -> None:
        lines = [line for line in rest if line.strip()]
        if lines:
            blocks.append(_marked(lines) if kind is None else Block(kind, "\n".join(rest).strip("\n")))
        rest.clear()

    for line in _FRONT.sub("", text, count=1).split("\n"):
        opened = _FENCE.match(line)
        if fence:
            if opened and opened.group(1).startswith(fence):
                close(BlockKind.CODE)
                fence = ""
            else:
                rest.append(line)
        elif opened:
            close()
            fence = opened.group(1)
        elif found := _ATX.match(line):
            close()
            blocks.append(Block(BlockKind.HEADING, found.group(2).rstrip().rstrip("#").rstrip(), len(found.group(1))))
        elif rest and len(rest) == 1 and _UNDERLINE.match(line) and not _ROW.match(rest[0]):
            title = rest.pop().strip()
            blocks.append(Block(BlockKind.HEADING, title, 1 if "=" in line else 2))
        elif not line.strip():
            close()
        else:
            if rest and bool(_ROW.match(line)) != bool(_ROW.match(rest[-1])):
                close()
            rest.append(line)
    close(BlockKind.CODE if fence else None)
    title = next((b.text for b in blocks if b.kind is BlockKind.HEADING), "")
    return Document(title, tuple(block for block in blocks if block.text))


def _marked(lines: list[str]) -> Block:
    if all(_ROW.match(line) for line in lines):
        rows = [line.strip().strip("|").split("|") for line in lines if not _RULE.match(line)]
        return Block(BlockKind.TABLE, "\n".join(" | ".join(cell.strip() for cell in row) for row in rows))
    kind = BlockKind.LIST if is_item(lines[0]) else BlockKind.TEXT
    return Block(kind, "\n".join(line.rstrip() for line in lines))


MAX_JSON_VALUES = 200_000
_PLAIN = str | int | float | bool | None


def read_json(value: Any) -> Document:
    """Every value with its path; the plain values of one object stand together."""
    blocks: list[Block] = []
    waiting: list[tuple[str, int, Any]] = [("", 0, value)]
    seen = 0
    while waiting:
        path, level, here = waiting.pop()
        seen += 1
        if seen > MAX_JSON_VALUES:
            raise Refused(f"it has more than {MAX_JSON_VALUES} values")
        if path and level <= 3 and not isinstance(here, _PLAIN):
            blocks.append(Block(BlockKind.HEADING, path, level))
        plain = "\n".join(_plain_values(here, path))
        if plain:
            blocks.append(Block(BlockKind.LIST, plain))
        waiting += reversed([(_joined(path, key), level + 1, inner) for key, inner in _nested(here)])
    return Document("", tuple(blocks))


def _joined(path: str, key: str) -> str:
    return f"{path}{key}" if key.startswith("[") or not path else f"{path}.{key}"


def _plain_values(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (
            f"{key}: {inner}" for key, inner in value.items() if isinstance(inner, _PLAIN) and inner is not None
        )
    elif isinstance(value, list):
        plain = [str(inner) for inner in value if isinstance(inner, _PLAIN) and inner is not None]
        if plain:
            yield (f"{path}: " if path else "") + ", ".join(plain)
    elif value is not None:
        yield str(value)


def _nested(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((str(key), inner) for key, inner in value.items() if isinstance(inner, dict | list))
    elif isinstance(value, list):
        yield from ((f"[{i}]", inner) for i, inner in enumerate(value) if isinstance(inner, dict | list))
