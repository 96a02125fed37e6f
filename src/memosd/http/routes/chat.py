"""chat."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from memosd.domain.errors import Invalid, MemosdError, ModelRefused, NoSuchKnowledgeBase, OverBudget, TooManyTokens
from memosd.domain.ids import ProjectId
from memosd.flows.chat import Answered, Question
from memosd.http.endpoint import Endpoint, Said, Streamed
from memosd.http.errors import verdict
from memosd.http.services import Services
from memosd.language.tokens import exceeds
from memosd.ports.models import Piece
from memosd.wire.chat import ChatData, ChatEvent, ChatRequest, error_event, event
from memosd.wire.envelope import OK


async def chat(services: Services, project: ProjectId, request: ChatRequest) -> Said[ChatData] | Streamed:
    model, query = services.chat.models.named(request.model_name), request.to_query(project)
    limit, texts = services.limits.chat_tokens, [request.query, request.system_prompt or ""]
    if (tokens := exceeds(texts, limit, count=services.count_tokens)) is not None:
        raise TooManyTokens(f"query, system_prompt: {tokens} tokens, at most {limit} are allowed in one request")
    answer = services.chat(
        Question(
            query,
            model,
            request.batch(project, at=services.clock()),
            system_prompt=request.system_prompt,
            max_tokens=request.max_tokens,
            temperature=request.temperature,
            top_p=request.top_p,
        )
    )
    if request.stream:
        return Streamed(_events(await anext(answer), answer))
    said: list[str] = []
    remark = ""
    async for piece in answer:
        if isinstance(piece, Answered):
            remark = piece.remark
        elif not piece.reasoning:
            said.append(piece.text)
    return Said(ChatData(response="".join(said)), remark or OK)


async def _events(first: Piece | Answered, answer: AsyncGenerator[Piece | Answered]) -> AsyncGenerator[bytes]:
    """The first piece was waited for: what fails before it is still an error with a status of its own."""
    async with aclosing(answer):
        yield _event(first)
        try:
            async for piece in answer:
                yield _event(piece)
        except MemosdError as error:
            yield error_event(verdict(type(error)).code, str(error))


def _event(piece: Piece | Answered) -> bytes:
    if isinstance(piece, Answered):
        return event("end", piece.remark)
    return event("reasoning" if piece.reasoning else "text", piece.text)


CHAT = Endpoint(
    "/chat",
    "Answer with a language model that is told what is remembered.",
    ChatRequest,
    ChatData,
    chat,
    errors=(NoSuchKnowledgeBase, Invalid, OverBudget, ModelRefused),
    events=ChatEvent,
)
