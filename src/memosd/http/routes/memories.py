"""search/memory, get/memory and delete/memory."""

from memosd.domain.errors import (
    Forbidden,
    ForeignKnowledgeBase,
    Invalid,
    Missing,
    NoSuchKnowledgeBase,
    NoSuchMemory,
    NoSuchUser,
    TooManyTokens,
)
from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import FACTS, PREFERENCES, TOOLS, Kind
from memosd.http.auth import acting
from memosd.http.endpoint import Endpoint, Said
from memosd.http.services import Services
from memosd.language.tokens import exceeds
from memosd.ports.storage import Page
from memosd.wire.memories import DeleteMemoryRequest, GetMemoryRequest, SearchMemoryRequest
from memosd.wire.recollections import DeleteMemoryData, GetMemoryData, SearchMemoryData, in_words_said
from memosd.wire.scopes import named_bases

NOTHING = Page(0, ())
MAX_NAMED = 5


async def search_memory(services: Services, project: ProjectId, request: SearchMemoryRequest) -> Said[SearchMemoryData]:
    limit = services.limits.query_tokens
    if (tokens := exceeds([request.query], limit, count=services.count_tokens)) is not None:
        raise TooManyTokens(f"query: {tokens} tokens, at most {limit} are allowed")
    asked = request.knowledgebase_ids
    bases = await named_bases(services.files, project, asked, path="knowledgebase_ids", every=True)
    query = request.to_query(project, [base.id for base in bases])
    await services.settled()
    found = await services.recall(query)
    messages = None
    if request.context_format != "memory":
        shown = [hit.memory for hit in (*found.facts, *found.preferences, *found.tools)]
        sources = dict.fromkeys(source for memory in shown for source in memory.content.sources)
        messages = await services.storage.messages(project, list(sources))
        if request.context_format == "sources":
            found = in_words_said(found, messages)
    return Said(
        SearchMemoryData.of(
            found,
            link=lambda memory: services.skill_links.to(memory.project, memory.id),
            explain=request.explain,
            messages=messages,
        )
    )


async def get_memory(services: Services, project: ProjectId, request: GetMemoryRequest) -> Said[GetMemoryData]:
    reach = request.reach()
    await services.settled()

    async def page(kinds: frozenset[Kind]) -> Page:
        return await services.storage.browse(
            project, request.user_id, reach=reach, kinds=kinds, offset=request.offset, limit=request.size
        )

    facts = await page(FACTS)
    preferences = await page(PREFERENCES) if request.include_preference else NOTHING
    tools = await page(TOOLS) if request.include_tool_memory else NOTHING
    shown = (*facts.memories, *preferences.memories, *tools.memories)
    sources = dict.fromkeys(source for memory in shown for source in memory.content.sources)
    return Said(
        GetMemoryData.of(
            facts=facts.memories,
            preferences=preferences.memories,
            tools=tools.memories,
            messages=await services.storage.messages(project, list(sources)),
            total=max(facts.total, preferences.total, tools.total),
            size=request.size,
            current=request.page,
        )
    )


async def delete_memory(services: Services, project: ProjectId, request: DeleteMemoryRequest) -> Said[DeleteMemoryData]:
    if request.user_id is not None and request.memory_ids is not None:
        raise Invalid("memory_ids, user_id: give one of them, not both")
    if request.user_id is not None:
        if not (await services.storage.erase_user(project, request.user_id, by=acting.get())).deleted:
            raise NoSuchUser(f"user_id: there is nothing of a user '{request.user_id}' in this project")
        await services.shelf.tidy()
    elif request.memory_ids is not None:
        erased = await services.storage.erase_memories(project, request.ids(), by=acting.get())
        if erased.foreign:
            raise Forbidden(f"memory_ids: not of this project: {_named(erased.foreign)}; nothing was deleted")
        if erased.unknown:
            raise NoSuchMemory(f"memory_ids: there is no memory {_named(erased.unknown)}; nothing was deleted")
    else:
        raise Missing("memory_ids, user_id: one of them is required")
    return Said(DeleteMemoryData(success=True))


def _named(ids: tuple[MemoryId, ...]) -> str:
    return ", ".join(ids[:MAX_NAMED]) + (f" and {len(ids) - MAX_NAMED} more" if len(ids) > MAX_NAMED else "")


SEARCH_MEMORY = Endpoint(
    "/search/memory",
    "The memories that answer a question.",
    SearchMemoryRequest,
    SearchMemoryData,
    search_memory,
    errors=(NoSuchKnowledgeBase, ForeignKnowledgeBase),
)
GET_MEMORY = Endpoint("/get/memory", "A user's memories, newest first.", GetMemoryRequest, GetMemoryData, get_memory)
DELETE_MEMORY = Endpoint(
    "/delete/memory",
    "Delete memories, or all that came from a user.",
    DeleteMemoryRequest,
    DeleteMemoryData,
    delete_memory,
    errors=(Forbidden, NoSuchMemory, NoSuchUser),
)
