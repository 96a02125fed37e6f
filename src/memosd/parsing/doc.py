"""Word documents of 1997 to 2003 (.doc): their text, by the piece table of [MS-DOC] 2.4.1. Formatting is not read."""

import io
import struct

import olefile

from memosd.domain.documents import Document
from memosd.parsing.limits import Refused
from memosd.parsing.plain import read_plain

MAGIC = 0xA5EC
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
_FIB_CCP_TEXT, _FIB_CLX = 0x4C, 0x1A2
_FIELD_BEGIN, _FIELD_RESULT, _FIELD_END = "\x13", "\x14", "\x15"
_MEANING = {"\x07": "\t", "\x0b": "\n", "\x0c": "\n", "\x0d": "\n\n", "\x1e": "-", "\x1f": "", "\xa0": " "}


def read_doc(content: bytes) -> Document:
    """Raises `Refused`."""
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as container:
            if container.exists("EncryptedPackage"):
                raise Refused("the document is encrypted")
            if not container.exists("WordDocument"):
                raise Refused("it is an Office file, but no Word document")
            word = container.openstream("WordDocument").read()
            flags = struct.unpack_from("<H", word, 10)[0]
            if struct.unpack_from("<H", word, 0)[0] != MAGIC:
                raise Refused("it is older than Word 97")
            if flags & _ENCRYPTED:
                raise Refused("the document is encrypted")
            table = container.openstream("1Table" if flags & _SECOND_TABLE else "0Table").read()
            text = _text(word, table)
    except (OSError, struct.error, IndexError, ValueError, KeyError, TypeError, AttributeError, UnicodeError) as error:
        raise Refused("the doc is damaged") from error
    return read_plain(_shown(text))


def _text(word: bytes, table: bytes) -> str:
    """The main text: pieces of the WordDocument stream, each in Windows-1252 or UTF-16, in the order of the table."""
    characters = struct.unpack_from("<i", word, _FIB_CCP_TEXT)[0]
    start, length = struct.unpack_from("<II", word, _FIB_CLX)
    clx = table[start : start + length]
    at = 0
    while at < len(clx) and clx[at] == 1:  # formatting of pieces, not needed
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at >= len(clx) or clx[at] != 2:
        raise Refused("the doc is damaged: it has no piece table")
    size = struct.unpack_from("<I", clx, at + 1)[0]
    pieces = clx[at + 5 : at + 5 + size]
    count = (len(pieces) - 4) // 12
    bounds = struct.unpack_from(f"<{count + 1}I", pieces, 0)
    found: list[str] = []
    for i in range(count):
        offset = struct.unpack_from("<I", pieces, 4 * (count + 1) + 8 * i + 2)[0]
        run = max(0, min(bounds[i + 1], characters) - bounds[i])
        if offset & 0x40000000:
            begin = (offset & 0x3FFFFFFF) // 2
            found.append(word[begin : begin + run].decode("cp1252", "replace"))
        else:
            found.append(word[offset : offset + 2 * run].decode("utf-16-le", "replace"))
    return "".join(found)


def _shown(text: str) -> str:
    """What is seen of the text: of fields the result, marks as the breaks they stand for."""
    shown: list[str] = []
    hidden = 0
    for character in text:
        if character == _FIELD_BEGIN:
            hidden += 1
        elif character in (_FIELD_RESULT, _FIELD_END):
            hidden = max(0, hidden - 1) if character == _FIELD_RESULT or hidden else 0
        elif not hidden:
            shown.append(_MEANING.get(character, character if character >= " " or character in "\t\n" else ""))
    return "".join(shown)
