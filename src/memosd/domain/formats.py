"""What a file's name and media type say of its format, and which formats are read."""

import re

from memosd.domain.errors import UnsupportedFile
from memosd.domain.files import FileKind

DOCUMENTS = ("pdf", "docx", "doc", "txt", "json", "md", "xml")
OTHERS = ("markdown", "html", "htm")
"""Read as well, though the contract does not name them."""
SKILLS = ("md", "zip")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,10})$")
_MEDIA_TYPES = {
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/json": "json",
    "application/xml": "xml",
    "application/zip": "zip",
    "text/plain": "txt",
    "text/markdown": "md",
    "text/xml": "xml",
    "text/html": "html",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
}


def type_of(media_type: str) -> str:
    """The extension of a media type, with parameters or without, as `pdf`; '' for one that is not known."""
    return _MEDIA_TYPES.get(media_type.split(";", 1)[0].strip().lower(), "")


def named(name: str | None, extension: str, otherwise: str) -> str:
    """What a file is called: as its sender says, or `otherwise`, with the extension that its media type tells if the
    name has none."""
    name = name if name and not name.isspace() else otherwise
    return name if _EXTENSION.search(name) or not extension else f"{name}.{extension}"


def check_name(name: str, kind: FileKind, *, path: str) -> None:
    """Raises `UnsupportedFile` for an extension that is not read; a name without one is fine, and any of a picture."""
    if not _is_read(name, kind, bare=True):
        extension, allowed = name.rsplit(".", 1)[1], ", ".join(SKILLS if kind is FileKind.SKILL else DOCUMENTS)
        raise UnsupportedFile(f"{path}: files of the type '{extension}' are not read, only {allowed}")


def name_of_fetched(name: str, media_type: str, kind: FileKind) -> str:
    """What the answer of a URL is called. The path of a page is often no file's name (`index.php`): then its media type
    says what it is, but for text/plain, which is said of anything. Raises `UnsupportedFile`."""
    extension = type_of(media_type)
    if extension not in ("", "txt") and not _is_read(name, kind, bare=False):
        name = f"{name}.{extension}"
    check_name(name, kind, path="the URL's file")
    return name


def _is_read(name: str, kind: FileKind, *, bare: bool) -> bool:
    """bare: the answer for a name without an extension."""
    if kind is FileKind.IMAGE:
        return True
    found = _EXTENSION.search(name)
    return found.group(1).lower() in (SKILLS if kind is FileKind.SKILL else (*DOCUMENTS, *OTHERS)) if found else bare
