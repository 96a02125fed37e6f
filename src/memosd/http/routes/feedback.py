"""add/feedback."""

from memosd.domain.errors import ForeignKnowledgeBase, NoSuchKnowledgeBase, TooManyTokens
from memosd.domain.ids import ProjectId
from memosd.http.endpoint import Endpoint, Said
from memosd.http.services import Services
from memosd.language.tokens import exceeds
from memosd.wire.feedback import AddFeedbackData, AddFeedbackRequest
from memosd.wire.scopes import named_bases


async def add_feedback(services: Services, project: ProjectId, request: AddFeedbackRequest) -> Said[AddFeedbackData]:
    bases = await named_bases(services.files, project, request.allow_knowledgebase_ids, path="allow_knowledgebase_ids")
    limit = services.limits.add_tokens
    if (tokens := exceeds([request.feedback_content], limit, count=services.count_tokens)) is not None:
        raise TooManyTokens(f"feedback_content: {tokens} tokens, at most {limit} are allowed")
    batch = request.batch(project, at=services.clock())
    task = await services.correct(batch, tuple(base.id for base in bases))
    return Said(AddFeedbackData(success=True, status="running", task_id=task))


ADD_FEEDBACK = Endpoint(
    "/add/feedback",
    "Correct what is remembered, in plain words.",
    AddFeedbackRequest,
    AddFeedbackData,
    add_feedback,
    errors=(NoSuchKnowledgeBase, ForeignKnowledgeBase),
)
