"""The endpoints of knowledge bases and their files."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from starlette.datastructures import UploadFile

from memosd.domain.errors import (
    Empty,
    FilesTooLarge,
    FileTooLarge,
    ForeignKnowledgeBase,
    IllegalBase64,
    Missing,
    NoSuchKnowledgeBase,
    NotFound,
    TooManyFiles,
    UnsupportedFile,
)
from memosd.domain.files import FileKind, FileRecord, KnowledgeBase
from memosd.domain.formats import check_name, named
from memosd.domain.ids import FileId, KnowledgeBaseId, ProjectId, new_id
from memosd.flows.shelf import Incoming
from memosd.http.auth import acting
from memosd.http.bodies import Form
from memosd.http.endpoint import Endpoint, Said
from memosd.http.services import Services
from memosd.ports.files import FilePage
from memosd.wire.files import (
    PAGE_SIZE,
    AddFilesData,
    AddFilesForm,
    AddFilesRequest,
    CreateKnowledgeBaseData,
    CreateKnowledgeBaseRequest,
    DeleteFilesRequest,
    DeleteKnowledgeBaseRequest,
    FileInput,
    FileStatus,
    GetFilesData,
    GetFilesRequest,
    Success,
    check_sizes,
    is_url,
    name_of_url,
    read_content,
)
from memosd.wire.scopes import named_bases

CHUNK = 1 << 20


async def create_base(
    services: Services, project: ProjectId, request: CreateKnowledgeBaseRequest
) -> Said[CreateKnowledgeBaseData]:
    own_id = KnowledgeBaseId(new_id("kb"))
    name, description = request.knowledgebase_name, request.knowledgebase_description
    await services.files.create_base(KnowledgeBase(own_id, project, name, description, services.clock()))
    return Said(CreateKnowledgeBaseData(id=own_id))


async def delete_base(services: Services, project: ProjectId, request: DeleteKnowledgeBaseRequest) -> Said[Success]:
    base = await _base(services, project, request.knowledgebase_id)
    await services.shelf.erase_base(base.id)
    return Said(Success(success=True))


async def add_files(services: Services, project: ProjectId, request: AddFilesRequest) -> Said[AddFilesData]:
    check_sizes([0] * len(request.file), services.limits)
    if not request.file:
        raise Empty("file: is an empty list")
    base = await _base(services, project, request.knowledgebase_id)
    read = await asyncio.to_thread(_read_all, request.file)
    check_sizes([len(content or b"") for _, _, content, _ in read], services.limits)
    incoming = [
        Incoming(name, kind, None if content is None else chunks(content), url) for name, kind, content, url in read
    ]
    return await _taken(services, base, incoming)


def _read_all(files: Sequence[FileInput]) -> list[tuple[str, FileKind, bytes | None, str]]:
    """Name, kind, content or URL of each."""
    found: list[tuple[str, FileKind, bytes | None, str]] = []
    for i, file in enumerate(files):
        path, kind = f"file[{i}]", FileKind(file.type)
        if is_url(file.content):
            name = file.name or name_of_url(file.content)
            found.append((name, kind, None, file.content))
        else:
            content, extension = read_content(file.content, path=f"{path}.content")
            name = named(file.name, extension, f"file-{i + 1}")
            check_name(name, kind, path=f"{path}.name")
            found.append((name, kind, content, ""))
    return found


async def add_files_by_form(services: Services, project: ProjectId, form: Form) -> Said[AddFilesData]:
    if not form.fields.get("knowledgebase_id"):
        raise Missing("knowledgebase_id: is required, as a field of the form or in the query")
    if not form.files:
        raise Missing("file: is required, as parts of the form that are files")
    check_sizes([file.size or 0 for file in form.files], services.limits)
    asked = AddFilesForm.read(form.fields, [file.filename or "" for file in form.files])
    base, kind = await _base(services, project, asked.knowledgebase_id), FileKind(asked.type)
    incoming = []
    for i, (file, told) in enumerate(zip(form.files, asked.file, strict=True)):
        name = named(told.name, "", f"file-{i + 1}")
        check_name(name, kind, path=f"file[{i}].name")
        if not file.size:
            raise Missing(f"file[{i}]: '{name}' is empty")
        incoming.append(Incoming(name, kind, _uploaded(file)))
    return await _taken(services, base, incoming)


async def _taken(services: Services, base: KnowledgeBase, incoming: Sequence[Incoming]) -> Said[AddFilesData]:
    files = await services.shelf.upload(base, incoming, at=services.clock())
    return Said(AddFilesData([FileStatus.of(file) for file in files]))


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


async def _uploaded(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while chunk := await file.read(CHUNK):
        yield chunk


async def get_files(services: Services, project: ProjectId, request: GetFilesRequest) -> Said[GetFilesData]:
    request.check()
    if request.file_ids is not None:
        records = await _files(services, project, request.file_ids)
        return Said(GetFilesData.of(FilePage(len(records), tuple(records)), page=1, page_size=len(records)))
    base = await _base(services, project, request.knowledgebase_id or "")
    page, size = request.page or 1, request.page_size or PAGE_SIZE
    kind = FileKind(request.type) if request.type else None
    found = await services.files.files_of_base(base.id, kind=kind, offset=(page - 1) * size, limit=size)
    return Said(GetFilesData.of(found, page=page, page_size=size))


async def delete_files(services: Services, project: ProjectId, request: DeleteFilesRequest) -> Said[Success]:
    records = await _files(services, project, request.file_ids)
    await services.shelf.erase_files([record.file.id for record in records], by=acting.get())
    return Said(Success(success=True))


async def _base(services: Services, project: ProjectId, own_id: str) -> KnowledgeBase:
    [base] = await named_bases(services.files, project, [own_id], path="knowledgebase_id")
    return base


async def _files(services: Services, project: ProjectId, ids: Sequence[str]) -> list[FileRecord]:
    """Raises `NotFound` naming the first that this project does not have."""
    asked = list(dict.fromkeys(map(FileId, ids)))
    ours = {r.file.id: r for r in await services.files.files_named(asked) if r.file.project == project}
    for each in asked:
        if each not in ours:
            raise NotFound(f"file_ids: there is no file '{each}' in this project; nothing was done")
    return [ours[each] for each in asked]


_BASES = (NoSuchKnowledgeBase, ForeignKnowledgeBase)
CREATE_BASE = Endpoint(
    "/create/knowledgebase",
    "A new knowledge base.",
    CreateKnowledgeBaseRequest,
    CreateKnowledgeBaseData,
    create_base,
)
DELETE_BASE = Endpoint(
    "/delete/knowledgebase",
    "Delete a knowledge base with its files and memories.",
    DeleteKnowledgeBaseRequest,
    Success,
    delete_base,
    errors=_BASES,
)
ADD_FILES = Endpoint(
    "/add/knowledgebase-file",
    "Upload files to a knowledge base, as JSON or as a form.",
    AddFilesRequest,
    AddFilesData,
    add_files,
    errors=(*_BASES, FileTooLarge, FilesTooLarge, TooManyFiles, UnsupportedFile, IllegalBase64),
    brings_files=True,
    form=add_files_by_form,
)
GET_FILES = Endpoint(
    "/get/knowledgebase-file",
    "Files by their ids, or those of a knowledge base.",
    GetFilesRequest,
    GetFilesData,
    get_files,
    errors=(*_BASES, NotFound),
)
DELETE_FILES = Endpoint(
    "/delete/knowledgebase-file",
    "Delete files with what was made of them.",
    DeleteFilesRequest,
    Success,
    delete_files,
    errors=(NotFound,),
)
