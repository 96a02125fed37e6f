"""Say how much each of some texts is about a query: by the model that is set up for it, else by the built-in scorer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memosd.domain.ids import ProjectId
from memosd.domain.usage import Purpose, Tokens, Usage
from memosd.ports.index import Clock
from memosd.ports.ledger import Ledger
from memosd.ports.models import Embedder, Relevances, Reranker
from memosd.retrieval import rerank


@dataclass(frozen=True, slots=True)
class Rerank:
    """embedder: that which searches use now. reranker: None for the built-in scorer."""

    embedder: Callable[[], Embedder]
    reranker: Reranker | None
    ledger: Ledger
    count_tokens: Callable[[str], int]
    clock: Clock

    @property
    def model(self) -> str:
        return self.reranker.model if self.reranker else rerank.NAME

    async def __call__(self, project: ProjectId, query: str, documents: Sequence[str]) -> Relevances:
        """Raises `Unavailable` where they cannot be judged; a model that is set up is never replaced silently."""
        if self.reranker is not None:
            found = await self.reranker.relevances(query, documents)
            await self.ledger.add(Usage(project, Purpose.RERANK, self.reranker.model, found.tokens, self.clock()))
            return found
        embedder = self.embedder()
        [vector] = await embedder.embed([query], purpose="query")
        vectors = await embedder.embed(documents, purpose="passage")
        scores = rerank.relevances(query, documents, vector=vector, vectors=vectors, at=self.clock())
        return Relevances(scores, Tokens(0, sum(map(self.count_tokens, (query, *documents))), 0))
