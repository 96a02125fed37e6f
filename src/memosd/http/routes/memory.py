"""get/memory/{memory_id} and update/memory."""

from memosd.domain.errors import Missing, NoSuchMemory
from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Memory
from memosd.http.auth import acting
from memosd.http.endpoint import Endpoint, Said
from memosd.http.services import Services
from memosd.wire.memory import OneMemoryData, OneMemoryRequest, UpdateMemoryRequest


async def one_memory(services: Services, project: ProjectId, request: OneMemoryRequest) -> Said[OneMemoryData]:
    await services.settled()
    found = await services.storage.memories(project, [MemoryId(request.memory_id)])
    if not found:
        raise NoSuchMemory(f"memory_id: there is no memory '{request.memory_id}' in this project")
    return await _shown(services, found[0])


async def update_memory(services: Services, project: ProjectId, request: UpdateMemoryRequest) -> Said[OneMemoryData]:
    if request.content is None and request.title is None and request.status is None:
        raise Missing("content, title, status: one of them is required")
    memory = await services.amend(
        project,
        MemoryId(request.memory_id),
        by=acting.get(),
        value=request.content,
        title=request.title,
        status=request.status,
    )
    return await _shown(services, memory)


async def _shown(services: Services, memory: Memory) -> Said[OneMemoryData]:
    messages = await services.storage.messages(memory.project, memory.content.sources)
    return Said(OneMemoryData.of(memory, messages))


ONE_MEMORY = Endpoint(
    "/get/memory/{memory_id}",
    "One memory, also if it is archived.",
    OneMemoryRequest,
    OneMemoryData,
    one_memory,
    errors=(NoSuchMemory,),
    method="GET",
)
UPDATE_MEMORY = Endpoint(
    "/update/memory",
    "Change a memory's words or title, archive it or take it out of the archive.",
    UpdateMemoryRequest,
    OneMemoryData,
    update_memory,
    errors=(NoSuchMemory,),
)
