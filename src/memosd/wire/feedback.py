"""add/feedback."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from memosd.domain.ids import BatchId, MessageId, ProjectId, new_id
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.wire.envelope import Answer
from memosd.wire.fields import ChatTime, ConversationId, Id, KnowledgeBaseIds, NotBlank, Request, UserId
from memosd.wire.tasks import Status


class AddFeedbackRequest(Request):
    user_id: UserId
    conversation_id: ConversationId
    feedback_content: Annotated[str, NotBlank()] = Field(description="What is wrong, or so, in plain words.")
    agent_id: Id | None = None
    app_id: Id | None = None
    feedback_time: ChatTime | None = None
    allow_public: bool = Field(default=False, description="Every user of the project may find what is new in it.")
    allow_knowledgebase_ids: KnowledgeBaseIds = Field(
        default_factory=list, description="Knowledge bases that it may correct, too."
    )

    def batch(self, project: ProjectId, *, at: datetime) -> Batch:
        """The feedback as one message of the system, which is kept as a source and is no part of the conversation."""
        message = Message(
            MessageId(new_id("msg")), Role.SYSTEM, self.feedback_content, said_at=self.feedback_time or at
        )
        return Batch(
            id=BatchId(new_id("batch")),
            project=project,
            user=self.user_id,
            conversation=self.conversation_id,
            owner=Owner.public() if self.allow_public else Owner.user(self.user_id),
            messages=(message,),
            received_at=at,
            agent=self.agent_id,
            app=self.app_id,
        )


class AddFeedbackData(Answer):
    success: bool
    status: Status
    task_id: str
