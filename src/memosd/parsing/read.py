"""Which format a file is in, told by its bytes, and the parser of it."""

import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from memosd.domain.documents import Block, BlockKind, Document
from memosd.parsing.limits import MAX_MEMBERS, Bounds, Refused

IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PDF_WITHIN = 1_024
_MARKED = re.compile(r"^(#{1,6} |```|[^\S\n]*[-*+] |\|.*\|[^\S\n]*$|>\s)", re.MULTILINE)
_XML = re.compile(r"\s*<(\?xml\b|!DOCTYPE(?!\s+html)\b|!--|[A-Za-z_][\w.:-]*[\s/>])", re.IGNORECASE)
_HTML = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?(?:(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
"""Possessive: there is one way only to read the comments before it, and it is tried once."""
_NO_TEXT = (".pdf", ".docx", ".doc")
"""Names of formats that are no text."""
_SUPPORTED = "pdf, docx, doc, txt, json, md, xml and html"


def read(path: Path, *, name: str, kind: str, bounds: Bounds) -> Document:
    """Raises `Refused`."""
    content = path.read_bytes()
    if not content:
        raise Refused("the file is empty")
    if kind == "skill":
        document = _skill(content, bounds)
    elif kind == "image" or _is_image(content):
        document = _image(content)
    else:
        document = _document(content, name.lower(), bounds)
    if document.pages > bounds.pages:
        raise Refused(f"it has {document.pages} pages, at most {bounds.pages} are read")
    said = sum(len(block.text) for block in document.blocks)
    if said > bounds.characters:
        raise Refused(f"it has {said} characters of text, at most {bounds.characters} are read")
    if not any(block.text.strip() for block in document.blocks):
        raise Refused("there is no text in it")
    blocks = tuple(replace(block, text=_sound(block.text)) for block in document.blocks)
    return replace(document, title=_sound(document.title), blocks=blocks)


def _sound(text: str) -> str:
    """With U+FFFD for what no database keeps: U+0000 and halves of surrogate pairs, which escapes in JSON can bring."""
    return text.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _is_image(content: bytes) -> bool:
    return content.startswith(IMAGES) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def _document(content: bytes, name: str, bounds: Bounds) -> Document:
    if b"%PDF-" in content[:_PDF_WITHIN]:
        from memosd.parsing.pdf import read_pdf

        return read_pdf(content, bounds)
    if content.startswith(OLE):
        from memosd.parsing.doc import read_doc

        return read_doc(content)
    if content.startswith(ZIP):
        members = open_package(content, bounds).namelist()
        if "word/document.xml" not in members:
            raise Refused(f"it is a zip archive and no docx; supported are {_SUPPORTED}")
        from memosd.parsing.docx import read_docx

        return read_docx(content)
    if name.endswith(_NO_TEXT):
        kind = name.rsplit(".", 1)[1]
        raise Refused(f"it is called .{kind}, but its content is no {kind}")
    return _text(content, name)


def _text(content: bytes, name: str) -> Document:
    from memosd.parsing import markup, plain

    text = plain.decode(content)
    if _HTML.match(text) or name.endswith((".html", ".htm")):
        return markup.read_html(text)
    if name.endswith(".xml") or (_XML.match(text) and not name.endswith((".md", ".txt"))):
        return markup.read_xml(content)
    if name.endswith(".json") or (text.lstrip()[:1] in "{[" and not name.endswith((".md", ".txt"))):
        try:
            return plain.read_json(json.loads(text, parse_int=str, parse_float=str))  # numbers as they are written
        except ValueError as error:
            if name.endswith(".json"):
                raise Refused(f"it is not valid JSON: {error}") from None
    if name.endswith((".md", ".markdown")) or len(_MARKED.findall(text)) >= 3:
        return plain.read_markdown(text)
    return plain.read_plain(text)


def _image(content: bytes) -> Document:
    if not _is_image(content):
        raise Refused("it is no picture of a known format (png, jpeg, gif, webp, bmp or tiff)")
    from memosd.parsing.ocr import read_picture

    return Document("", tuple(Block(BlockKind.TEXT, line, page=1) for line in read_picture(content)), 1)


def open_package(content: bytes, bounds: Bounds) -> zipfile.ZipFile:
    """A zip archive whose declared contents are within bounds: `zipfile` reads no more of a member than declared."""
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
        members = package.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Refused(f"the archive is damaged: {error}") from None
    if len(members) > MAX_MEMBERS:
        raise Refused(f"the archive has {len(members)} entries, at most {MAX_MEMBERS} are read")
    unpacked = sum(member.file_size for member in members)
    if unpacked > bounds.unpacked:
        raise Refused(f"the archive holds {unpacked} bytes unpacked, at most {bounds.unpacked} are read")
    if any(member.flag_bits & 1 for member in members):
        raise Refused("the archive is encrypted")
    return package


MAX_SKILL_MD = 100 << 10
MAX_SKILL_ZIP = 20 << 20
MAX_SKILL_MEMBER = 10 << 20
MAX_SKILL_MEMBERS = 200
SKILL = "SKILL.md"


def _skill(content: bytes, bounds: Bounds) -> Document:
    from memosd.parsing.plain import decode

    members: Sequence[str] = ()
    if content.startswith(ZIP):
        if len(content) > MAX_SKILL_ZIP:
            raise Refused(f"the skill package has {len(content)} bytes, at most {MAX_SKILL_ZIP} are allowed")
        content, members = _skill_package(open_package(content, bounds))
    if len(content) > MAX_SKILL_MD:
        raise Refused(f"{SKILL} has {len(content)} bytes, at most {MAX_SKILL_MD} are allowed")
    return Document("", (Block(BlockKind.TEXT, decode(content)),), 0, tuple(members))


def _skill_package(package: zipfile.ZipFile) -> tuple[bytes, list[str]]:
    members = [member for member in package.infolist() if not member.is_dir()]
    if len(members) > MAX_SKILL_MEMBERS:
        raise Refused(f"the skill package has {len(members)} files, at most {MAX_SKILL_MEMBERS} are allowed")
    for member in members:
        steps = member.filename.replace("\\", "/").split("/")
        if ".." in steps or steps[0] == "" or ":" in steps[0]:
            raise Refused(f"the path {member.filename!r} leads out of the skill package")
        if (member.external_attr >> 16) & 0o170000 == 0o120000:
            raise Refused(f"{member.filename!r} is a link, which a skill package may not have")
        if member.file_size > MAX_SKILL_MEMBER:
            raise Refused(f"{member.filename!r} has {member.file_size} bytes, at most {MAX_SKILL_MEMBER} are allowed")
    names = [member.filename for member in members]
    if SKILL not in names:
        inside = next((f": it is at {name!r}" for name in names if name.endswith(f"/{SKILL}")), "")
        raise Refused(f"the skill package has no {SKILL} at its first level{inside}")
    try:
        return package.read(SKILL), names
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise Refused(f"the skill package is damaged: {error}") from None
