"""add/message and get/message."""

from datetime import timedelta

from memosd.domain.errors import NoSuchKnowledgeBase, TooManyTokens
from memosd.domain.ids import ProjectId
from memosd.domain.messages import Role
from memosd.http.endpoint import Endpoint, Said
from memosd.http.services import Services
from memosd.language.tokens import exceeds
from memosd.wire.messages import AddMessageData, AddMessageRequest, GetMessageData, GetMessageRequest, MessageDetail
from memosd.wire.scopes import known_bases
from memosd.wire.tasks import remark, status


async def add_message(services: Services, project: ProjectId, request: AddMessageRequest) -> Said[AddMessageData]:
    known_bases(request.allow_knowledgebase_ids, path="allow_knowledgebase_ids")
    limit = services.limits.add_tokens
    if (tokens := exceeds(request.texts(), limit, count=services.count_tokens)) is not None:
        raise TooManyTokens(f"messages: {tokens} tokens, at most {limit} are allowed in one request")
    task = await services.accept(request.batch(project, at=services.clock()))
    if request.async_mode:
        return Said(AddMessageData(success=True, task_id=task, status="running"))
    record = await services.queue.finished(project, task, at_most=timedelta(seconds=services.limits.sync_seconds))
    if record is None:  # the user was deleted meanwhile
        return Said(AddMessageData(success=True, task_id=task, status="completed"))
    return Said(AddMessageData(success=True, task_id=task, status=status(record.state)), remark(record))


async def get_message(services: Services, project: ProjectId, request: GetMessageRequest) -> Said[GetMessageData]:
    messages = await services.storage.conversation(
        project,
        request.user_id,
        request.conversation_id,
        roles=(Role.USER, Role.ASSISTANT),
        limit=request.message_limit_number,
    )
    return Said(GetMessageData(message_detail_list=[MessageDetail.of(message) for message in messages]))


ADD_MESSAGE = Endpoint(
    "/add/message",
    "Store messages; memories are made of them.",
    AddMessageRequest,
    AddMessageData,
    add_message,
    errors=(NoSuchKnowledgeBase,),
)
GET_MESSAGE = Endpoint(
    "/get/message", "The last messages of a conversation.", GetMessageRequest, GetMessageData, get_message
)
