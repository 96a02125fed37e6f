"""rerank. Its answer has a form of its own, without an envelope."""

from typing import Annotated, Literal

from pydantic import Field

from memosd.domain.ids import new_id
from memosd.ports.models import Relevances
from memosd.wire.envelope import Answer
from memosd.wire.fields import Count, NotBlank, Request

MAX_DOCUMENTS = 1_000


class RerankRequest(Request):
    model: Literal["memos-reranker-0.6b", "memos-reranker-4b"] | None = Field(
        default=None, description="Both names mean the reranker of this server."
    )
    query: Annotated[str, NotBlank()]
    documents: Annotated[list[str], Count(MAX_DOCUMENTS)]
    top_n: Annotated[int, Field(ge=1)] | None = Field(default=None, description="How many results; default: all.")


class Document(Answer):
    text: str


class RerankResult(Answer):
    index: int
    document: Document
    relevance_score: float = Field(ge=0, le=1)


class RerankUsage(Answer):
    prompt_tokens: int
    total_tokens: int


class RerankAnswer(Answer):
    id: str
    model: str = Field(description="What really judged: memosd-scorer, or the model that is set up.")
    usage: RerankUsage
    results: list[RerankResult] = Field(description="The most relevant first.")

    @classmethod
    def of(cls, found: Relevances, request: RerankRequest, *, model: str) -> "RerankAnswer":
        order = sorted(range(len(found.scores)), key=lambda i: -found.scores[i])
        return cls(
            id=new_id("rerank"),
            model=model,
            usage=RerankUsage(prompt_tokens=found.tokens.input, total_tokens=found.tokens.total),
            results=[
                RerankResult(
                    index=i,
                    document=Document(text=request.documents[i]),
                    relevance_score=round(min(max(found.scores[i], 0.0), 1.0), 6),
                )
                for i in order[: request.top_n]
            ],
        )
