"""rerank."""

from memosd.domain.errors import TooManyTokens
from memosd.domain.ids import ProjectId
from memosd.http.endpoint import Endpoint, Said
from memosd.http.services import Services
from memosd.language.tokens import exceeds
from memosd.wire.rerank import RerankAnswer, RerankRequest


async def rerank(services: Services, project: ProjectId, request: RerankRequest) -> Said[RerankAnswer]:
    limit = services.limits.rerank_tokens
    if (tokens := exceeds([request.query, *request.documents], limit, count=services.count_tokens)) is not None:
        raise TooManyTokens(f"query, documents: {tokens} tokens, at most {limit} are allowed in one request")
    found = await services.rerank(project, request.query, request.documents)
    return Said(RerankAnswer.of(found, request, model=services.rerank.model))


RERANK = Endpoint(
    "/rerank", "Say how much each text is about a query.", RerankRequest, RerankAnswer, rerank, enveloped=False
)
