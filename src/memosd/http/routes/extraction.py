"""extract/memory."""

from memosd.domain.errors import TooManyTokens
from memosd.domain.ids import ProjectId
from memosd.http.endpoint import Endpoint, Said
from memosd.http.services import Services
from memosd.language.tokens import exceeds
from memosd.wire.envelope import OK
from memosd.wire.extraction import ExtractMemoryData, ExtractMemoryRequest


async def extract_memory(
    services: Services, project: ProjectId, request: ExtractMemoryRequest
) -> Said[ExtractMemoryData]:
    limit = services.limits.extract_tokens
    if (tokens := exceeds(request.texts(), limit, count=services.count_tokens)) is not None:
        raise TooManyTokens(f"messages: {tokens} tokens, at most {limit} are allowed in one request")
    found = await services.extract(request.batch(project, at=services.clock()))
    return Said(ExtractMemoryData.of(found.contents, request.extraction_types), found.note or OK)


EXTRACT_MEMORY = Endpoint(
    "/extract/memory",
    "The memories that would be made of messages; nothing is stored.",
    ExtractMemoryRequest,
    ExtractMemoryData,
    extract_memory,
)
