"""GET /skills/{id}: the SKILL.md or the package of a skill, by a signed link."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from memosd.domain.errors import NoSuchMemory
from memosd.domain.ids import FileId, MemoryId, ProjectId
from memosd.domain.memories import Kind
from memosd.extraction.skills.render import render
from memosd.http.services import Services


def skill_download(services: Services) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        project, own_id = request.query_params.get("project", ""), request.path_params["id"]
        expires, signature = (request.query_params.get(name, "") for name in ("expires", "signature"))
        services.skill_links.check(project, own_id, expires, signature)
        found = await services.storage.memories(ProjectId(project), [MemoryId(own_id)])
        if not found or not found[0].active or found[0].content.kind is not Kind.SKILL:
            raise NoSuchMemory("this skill was deleted")
        content = found[0].content
        if file := content.detail.get("file"):
            records = await services.files.files_named([FileId(file)])
            if not records or records[0].file.project != project:
                raise NoSuchMemory("this skill was deleted")
            held = services.shelf.blobs.reading(ProjectId(project), records[0].file.digest)
            package = content.detail.get("others", {}).get("files")
            name = f"{content.title}.zip" if package else "SKILL.md"
            media_type = "application/zip" if package else "text/markdown"
            return _Download(held, name, media_type)
        text = render(found[0])
        headers = {**_SAFE, "Content-Disposition": 'attachment; filename="SKILL.md"'}
        return Response(text, media_type="text/markdown", headers=headers)

    return respond


_SAFE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}


class _Download(Response):
    """A content that lies in a file for as long as it is sent."""

    def __init__(self, held: AbstractAsyncContextManager[Path], name: str, media_type: str) -> None:
        super().__init__(media_type=media_type)
        self._held = held
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held as path:
            sent = FileResponse(path, filename=self._name, media_type=self.media_type, headers=_SAFE)
            await sent(scope, receive, send)
