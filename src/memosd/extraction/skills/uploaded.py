"""An uploaded skill as a memory: the front matter and the sections of its SKILL.md, in Chinese and English."""

import re
from collections.abc import Iterator
from typing import Any

from memosd.domain.changes import Add
from memosd.domain.documents import Document
from memosd.domain.errors import Unreadable
from memosd.domain.files import File
from memosd.domain.memories import Content, Kind, View
from memosd.extraction.passages import passage_id
from memosd.language.names import keywords
from memosd.language.script import language_of
from memosd.language.terms import terms

MAX_NAME, MAX_DESCRIPTION = 200, 4_000
_FRONT = re.compile(r"\A\ufeff?\s*---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)(.*)", re.DOTALL)
_FIELD = re.compile(r"^([\w-]+)\s*:\s*(.*)$")
_HEADING = re.compile(r"^#{1,6}\s+(.*)$")
_FENCE = re.compile(r"^\s{0,3}(```|~~~)\s*(\w*)")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)、])\s+")
_SECTIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(words, re.IGNORECASE))
    for name, words in (
        ("procedure", r"procedure|steps?\b|workflow|instructions?|how to|process|步骤|步驟|流程|操作|做法|方法"),
        (
            "experience",
            r"experience|lessons?|pitfalls?|tips?\b|best practice|notes?\b|经验|經驗|注意|教训|教訓|最佳实践|避坑",
        ),
        ("preference", r"preferences?|style|constraints?|偏好|风格|風格|约束|約束|要求"),
        ("examples", r"examples?|usage|samples?|示例|例子|范例|範例|样例|用例"),
        ("script", r"scripts?\b|code|脚本|腳本|代码|程式"),
    )
)
_LISTS = frozenset({"experience", "preference", "examples"})


def skill(document: Document, file: File, *, tags: tuple[str, ...] = ()) -> Add:
    """Raises `Unreadable` if the front matter is missing, or has no name or description."""
    text = document.blocks[0].text
    found = _FRONT.match(text)
    if not found:
        raise Unreadable("SKILL.md has no front matter: begin it with '---', 'name: …', 'description: …', '---'")
    front = dict(_fields(found.group(1)))
    name, description = str(front.pop("name", "")).strip(), str(front.pop("description", "")).strip()
    for field, value, most in (("name", name, MAX_NAME), ("description", description, MAX_DESCRIPTION)):
        if not value:
            raise Unreadable(f"SKILL.md has no '{field}' in its front matter")
        if len(value) > most:
            raise Unreadable(f"the '{field}' of SKILL.md has {len(value)} characters, at most {most} are allowed")
    detail = _sections(found.group(2))
    others = {**front, **detail.pop("others")}
    if document.members:
        others["files"] = list(document.members)
    whole = f"{name}: {description}"
    content = Content(
        kind=Kind.SKILL,
        title=name,
        value=description,
        said_at=file.created_at,
        sources=(file.message,),
        keys=(whole,),
        terms=tuple(terms(f"{whole}\n{detail.get('procedure', '')}")),
        tags=tuple(dict.fromkeys((*tags, *keywords(whole, limit=6)))),
        view=View.DOCUMENT,
        language=language_of(whole),
        confidence=0.95,
        detail={**detail, "others": others, "file": file.id, "file_name": file.name},
    )
    return Add(passage_id(file, 0), content)


def _fields(front: str) -> Iterator[tuple[str, Any]]:
    """The fields of a front matter: plain or quoted values, blocks after `|` or `>`, and lists."""
    lines = front.split("\n")
    at = 0
    while at < len(lines):
        found = _FIELD.match(lines[at])
        at += 1
        if not found:
            continue
        inner = []
        while at < len(lines) and (not lines[at].strip() or lines[at][:1] in " \t" or lines[at].startswith("- ")):
            inner.append(lines[at].strip())
            at += 1
        yield found.group(1), _value(found.group(2).strip(), inner)


def _value(first: str, inner: list[str]) -> Any:
    if first[:1] in ("|", ">"):
        return ("\n" if first[0] == "|" else " ").join(inner).strip()
    items = [line for line in inner if line]
    if not first and items and all(line.startswith("- ") for line in items):
        return [_bare(line[2:]) for line in items]
    if first.startswith("[") and first.endswith("]"):
        return [_bare(part) for part in first[1:-1].split(",") if part.strip()]
    return _bare(" ".join([first, *items]).strip())


def _bare(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _sections(body: str) -> dict[str, Any]:
    """Each part of the body under what its heading names; what stands under no known heading is the procedure."""
    found: dict[str, list[str]] = {}
    others: dict[str, str] = {}
    for heading, text in _parts(body):
        name = next((name for name, words in _SECTIONS if words.search(heading)), None)
        if name:
            found.setdefault(name, []).append(text)
        elif text:
            others[heading] = text
    if "procedure" not in found and others:
        found["procedure"] = ["\n\n".join(f"{k}\n{v}" if k else v for k, v in others.items())]
        others = {}
    detail: dict[str, Any] = {"others": {k or "introduction": v for k, v in others.items()}}
    for name, texts in found.items():
        joined = "\n\n".join(text for text in texts if text)
        detail[name] = _items(joined) if name in _LISTS else dict(_scripts(joined)) if name == "script" else joined
    return detail


def _parts(body: str) -> Iterator[tuple[str, str]]:
    """Heading and text of each part; headings below a known section stay in its text."""
    heading, level, fenced = "", 0, False
    lines: list[str] = []
    for line in body.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        opened = None if fenced else _HEADING.match(line)
        depth = len(line) - len(line.lstrip("#"))
        if opened and (level <= 1 or depth <= level):
            if heading or any(map(str.strip, lines)):
                yield heading, "\n".join(lines).strip()
            heading, level, lines = opened.group(1).rstrip().rstrip("#").rstrip(), depth, []
        else:
            lines.append(line)
    if heading or any(map(str.strip, lines)):
        yield heading, "\n".join(lines).strip()


def _items(text: str) -> list[str]:
    items: list[str] = []
    fenced = False
    for line in text.split("\n"):
        fenced ^= bool(_FENCE.match(line))
        if not fenced and (_ITEM.match(line) or not items):
            items.append(_ITEM.sub("", line, count=1))
        else:
            items[-1] += "\n" + line
    return [item.strip() for item in items if item.strip()]


def _scripts(text: str) -> Iterator[tuple[str, str]]:
    """The fenced pieces of code, by language and number."""
    lines: list[str] = []
    name, number = "", 0
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if fence and name:
            yield name, "\n".join(lines)
            name, lines = "", []
        elif fence:
            number += 1
            name = fence.group(2) or "script"
            name = f"{name}_{number}" if number > 1 else name
        elif name:
            lines.append(line)
    if not number and text.strip():
        yield "text", text.strip()
