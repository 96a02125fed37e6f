"""Relevances by URL, in the form of Cohere and Jina (also vLLM, Xinference, llama.cpp) or in that of TEI."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import openai

from memosd.domain.errors import ModelUnavailable
from memosd.domain.usage import Tokens
from memosd.ports.models import Relevances
from memosd.providers.openai.connection import Connection


class OpenAIReranker:
    """A `ports.models.Reranker`. The SDK knows no rerank; its client sends the request all the same."""

    def __init__(self, connection: Connection, model: str, *, count_tokens: Callable[[str], int]) -> None:
        self._connection = connection
        self._model = model
        self._count = count_tokens
        self._tei = False

    @property
    def model(self) -> str:
        return self._model

    async def relevances(self, query: str, documents: Sequence[str]) -> Relevances:
        """See `ports.models.Reranker`. Scores outside 0..1 are taken for log odds; what the server leaves
        out has 0."""
        answer = await self._request(query, documents)
        rows = answer.get("results") if isinstance(answer, Mapping) else answer
        scores: dict[int, float] = {}
        for row in rows if isinstance(rows, list) else ():
            index, score = row.get("index"), row.get("relevance_score", row.get("score"))
            if isinstance(index, int) and 0 <= index < len(documents) and isinstance(score, int | float):
                scores[index] = float(score)
        if not scores or not all(map(math.isfinite, scores.values())):
            raise ModelUnavailable(f"{self._connection.gate.where} sends no relevances that can be read")
        odds = any(not 0 <= score <= 1 for score in scores.values())
        shares = {i: 0.5 * (1 + math.tanh(score / 2)) if odds else score for i, score in scores.items()}
        return Relevances(
            tuple(shares.get(i, 0.0) for i in range(len(documents))), self._tokens(answer, query, documents)
        )

    async def _request(self, query: str, documents: Sequence[str]) -> Any:
        cohere = {"model": self._model, "query": query, "documents": list(documents), "top_n": len(documents)}
        tei = {"query": query, "texts": list(documents), "raw_scores": False}
        client = self._connection.client
        for last, body in ((True, tei),) if self._tei else ((False, cohere), (True, tei)):
            try:
                answer = await self._connection.call(
                    lambda body=body: client.post("/rerank", cast_to=object, body=body)  # type: ignore[misc]
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if last:
                    raise self._connection.refused(error) from error
            else:
                self._tei = last
                return answer
        raise AssertionError("the last form is answered or refused")

    def _tokens(self, answer: Any, query: str, documents: Sequence[str]) -> Tokens:
        usage = answer.get("usage") if isinstance(answer, Mapping) else None
        total = usage.get("total_tokens") if isinstance(usage, Mapping) else None
        if isinstance(total, int):
            return Tokens(1, total, 0)
        return Tokens(1, sum(map(self._count, (query, *documents))), 0)
