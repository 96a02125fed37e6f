"""The endpoints of knowledge bases and their files."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import unquote_to_bytes

from pydantic import ConfigDict, Field, RootModel, ValidationError

from memosd.domain.errors import (
    FilesTooLarge,
    FileTooLarge,
    IllegalBase64,
    Invalid,
    MalformedBase64,
    Missing,
    TooManyFiles,
)
from memosd.domain.files import File, FileKind, FileRecord
from memosd.domain.formats import type_of
from memosd.ports.files import FilePage
from memosd.wire.envelope import Answer
from memosd.wire.fields import Count, Id, Identifier, NotBlank, Request
from memosd.wire.limits import Limits
from memosd.wire.problems import problem
from memosd.wire.tasks import Status, status

MAX_NAME = 200
MAX_DESCRIPTION = 4_000
MAX_NAMED = 100
MAX_PAGE = 1_000_000
PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
MB = 1 << 20

FileType = Literal["document", "skill"]
Name = Annotated[str, Identifier(most=MAX_NAME)]

_URL = re.compile(r"https?://", re.IGNORECASE)
_DATA_URL = re.compile(r"data:([^,;]{0,100})(;[^,]{0,300})?,", re.IGNORECASE)
_ALPHABET = re.compile(r"[A-Za-z0-9+/]*={0,2}")


class CreateKnowledgeBaseRequest(Request):
    knowledgebase_name: Name
    knowledgebase_description: Annotated[str, Field(max_length=MAX_DESCRIPTION)] = ""


class CreateKnowledgeBaseData(Answer):
    id: str


class DeleteKnowledgeBaseRequest(Request):
    knowledgebase_id: Id


class Success(Answer):
    success: bool


class FileInput(Request):
    name: Name | None = Field(default=None, description="Best with its extension; a URL names its file itself.")
    type: FileType = "document"
    content: Annotated[str, NotBlank()] = Field(description="An http(s) URL, a data URL, or Base64.")


class AddFilesRequest(Request):
    """As JSON. As a form: parts named `file`, with `knowledgebase_id` and `type` as fields or in the query."""

    knowledgebase_id: Id
    file: list[FileInput] = Field(description="At most 20, of 100 MB each and 300 MB in all, if not set otherwise.")


class FormFile(Request):
    name: Name | None = Field(default=None, description="What a part of the form is called, without its folders.")


class AddFilesForm(Request):
    """What a form says in words, besides the contents."""

    knowledgebase_id: Id
    type: FileType = "document"
    file: list[FormFile]

    @classmethod
    def read(cls, fields: Mapping[str, str], names: Sequence[str]) -> "AddFilesForm":
        """names: of the files, '' for one that has none. Raises what a request in JSON does."""
        files = [{"name": name.replace("\\", "/").rsplit("/", 1)[-1] or None} for name in names]
        try:
            return cls.model_validate({**fields, "file": files})
        except ValidationError as error:
            raise problem(error) from None


class FileStatus(Answer):
    id: str
    type: FileType
    name: str
    sizeMB: float  # noqa: N815 — the contract's name
    status: Status

    @classmethod
    def of(cls, file: File) -> "FileStatus":
        """Of a file that has just been taken in."""
        return cls(id=file.id, type=_type(file), name=file.name, sizeMB=round(file.size / MB, 3), status="running")


class AddFilesData(RootModel[list[FileStatus]]):
    """A bare list, in the order of the request."""

    model_config = ConfigDict(strict=True, frozen=True)


class GetFilesRequest(Request):
    """Either `knowledgebase_id`, with `type`, `page` and `page_size`, or `file_ids` alone."""

    knowledgebase_id: Id | None = None
    type: FileType | None = None
    page: Annotated[int, Field(ge=1, le=MAX_PAGE)] | None = Field(default=None, json_schema_extra={"default": 1})
    page_size: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] | None = Field(
        default=None, json_schema_extra={"default": PAGE_SIZE}
    )
    file_ids: Annotated[list[Id], Count(MAX_NAMED)] | None = None

    def check(self) -> None:
        """Raises `Invalid` for both modes at once, `Missing` for neither."""
        by_id, by_base = self.file_ids is not None, self.knowledgebase_id is not None
        if by_id and (by_base or self.type or self.page or self.page_size):
            raise Invalid("file_ids: give it alone, or give knowledgebase_id with type, page and page_size")
        if not by_id and not by_base:
            raise Missing("knowledgebase_id, file_ids: one of them is required")


class FileDetail(Answer):
    id: str
    type: FileType
    name: str
    size: str = Field(description="With its unit, such as '1.4 MB'.")
    status: Status
    message: str | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Why it failed (not in the contract)."
    )

    @classmethod
    def of(cls, record: FileRecord) -> "FileDetail":
        file = record.file
        return cls(
            id=file.id,
            type=_type(file),
            name=file.name,
            size=_size(file.size),
            status=status(record.state),
            message=(file.problem or record.reason) if status(record.state) == "failed" else None,
        )


class GetFilesData(Answer):
    total: int
    page: int
    page_size: int
    file_detail_list: list[FileDetail]

    @classmethod
    def of(cls, found: FilePage, *, page: int, page_size: int) -> "GetFilesData":
        details = [FileDetail.of(record) for record in found.files]
        return cls(total=found.total, page=page, page_size=page_size, file_detail_list=details)


class DeleteFilesRequest(Request):
    file_ids: Annotated[list[Id], Count(MAX_NAMED)]


def _type(file: File) -> FileType:
    return "skill" if file.kind is FileKind.SKILL else "document"


def _size(size: int) -> str:
    return f"{size / MB:.1f} MB" if size >= MB // 10 else f"{size / 1024:.1f} KB"


def is_url(content: str) -> bool:
    return bool(_URL.match(content))


def read_content(content: str, *, path: str) -> tuple[bytes, str]:
    """The bytes of a data URL or of Base64, and the extension that a data URL tells ('' if none).

    Raises `IllegalBase64` or `MalformedBase64`.
    """
    found = _DATA_URL.match(content)
    if found:
        extension = type_of(found.group(1))
        text = content[found.end() :]
        if ";base64" not in (found.group(2) or "").lower():
            return unquote_to_bytes(text), extension
        return _base64(text, path), extension
    return _base64(content, path), ""


def extension_of(content: str) -> str:
    """What a data URL says it holds, as `png`; empty if it does not, or is none."""
    found = _DATA_URL.match(content)
    return type_of(found.group(1)) if found else ""


def _base64(text: str, path: str) -> bytes:
    if any(space in text for space in "\n\r\t "):
        text = "".join(text.split())
    text = text.replace("-", "+").replace("_", "/")
    if not _ALPHABET.fullmatch(text):
        bad = re.search(r"[^A-Za-z0-9+/=]", text)
        if bad:
            raise IllegalBase64(f"{path}: {bad.group()!r} is no character of Base64; send a URL, a data URL or Base64")
        raise MalformedBase64(f"{path}: '=' may stand only at the end of Base64, twice at the most")
    if not text.strip("="):
        raise Missing(f"{path}: is empty")
    try:
        return base64.b64decode(text if text.endswith("=") else text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedBase64(f"{path}: its length is not that of Base64") from None


def check_sizes(sizes: Sequence[int], limits: Limits) -> None:
    """Raises `TooManyFiles`, `FileTooLarge` or `FilesTooLarge`."""
    if len(sizes) > limits.files:
        raise TooManyFiles(f"file: {len(sizes)} files, at most {limits.files} are allowed in one request")
    for i, size in enumerate(sizes):
        if size > limits.file_bytes:
            raise FileTooLarge(f"file[{i}]: {size} bytes, at most {limits.file_bytes} are allowed")
    if sum(sizes) > limits.files_bytes:
        raise FilesTooLarge(f"file: {sum(sizes)} bytes in all, at most {limits.files_bytes} are allowed")


def name_of_url(url: str) -> str:
    """The last part of the URL's path, if it has one."""
    tail = re.split(r"[?#]", url, maxsplit=1)[0].rstrip("/").split("/")
    return (tail[-1] if len(tail) > 3 else "")[:MAX_NAME] or "file"
