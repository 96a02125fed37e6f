"""add/message and get/message."""

import asyncio
from datetime import timedelta

from memosd.domain.errors import (
    FilesTooLarge,
    FileTooLarge,
    ForeignKnowledgeBase,
    IllegalBase64,
    NoSuchKnowledgeBase,
    TooManyFiles,
    TooManyTokens,
    UnsupportedFile,
)
from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.messages import Batch, Role
from memosd.domain.tasks import State
from memosd.http.endpoint import Endpoint, Said
from memosd.http.routes.files import chunks
from memosd.http.services import Services
from memosd.language.tokens import exceeds
from memosd.wire.files import check_sizes
from memosd.wire.messages import AddMessageData, AddMessageRequest, GetMessageData, GetMessageRequest, MessageDetail
from memosd.wire.scopes import named_bases
from memosd.wire.tasks import remark, status


async def add_message(services: Services, project: ProjectId, request: AddMessageRequest) -> Said[AddMessageData]:
    limit = services.limits.add_tokens
    if (tokens := exceeds(request.texts(), limit, count=services.count_tokens)) is not None:
        raise TooManyTokens(f"messages: {tokens} tokens, at most {limit} are allowed in one request")
    allowed = request.allow_knowledgebase_ids
    bases = await named_bases(services.files, project, allowed, path="allow_knowledgebase_ids")
    batches = request.batches(project, [base.id for base in bases], at=services.clock())
    tasks = [await _accept(services, request, batch) for batch in batches]
    if request.async_mode or request.has_files:
        return Said(AddMessageData(success=True, task_id=tasks[-1], status="running"))
    seconds = timedelta(seconds=services.limits.sync_seconds)
    records = [await services.queue.finished(project, task, at_most=seconds) for task in tasks]
    record = next((r for r in records if r and r.state is not State.DONE), records[-1])
    if record is None:  # the user was deleted meanwhile
        return Said(AddMessageData(success=True, task_id=tasks[-1], status="completed"))
    return Said(AddMessageData(success=True, task_id=record.id, status=status(record.state)), remark(record))


async def _accept(services: Services, request: AddMessageRequest, batch: Batch) -> TaskId:
    if not request.has_files:
        return await services.accept(batch)
    files = await asyncio.to_thread(request.files, batch)
    check_sizes([len(content or b"") for _, content in files], services.limits)
    return await services.accept(batch, [(f, None if content is None else chunks(content)) for f, content in files])


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
    errors=(
        NoSuchKnowledgeBase,
        ForeignKnowledgeBase,
        FileTooLarge,
        FilesTooLarge,
        TooManyFiles,
        UnsupportedFile,
        IllegalBase64,
    ),
    brings_files=True,
)
GET_MESSAGE = Endpoint(
    "/get/message", "The last messages of a conversation.", GetMessageRequest, GetMessageData, get_message
)
