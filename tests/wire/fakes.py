"""A small world behind the endpoints: two projects, one key each, and a user with a memory of each kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from memosd.domain.access import ApiKey, Project, api_key, digest
from memosd.domain.filters import matches
from memosd.domain.ids import KeyId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.memories import Content, Kind, Memory, Stage, View
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Hit, Query, Recollection
from memosd.domain.tasks import State, TaskRecord
from memosd.http.services import Services
from memosd.language.tokens import count_tokens
from memosd.ports.storage import Erased, Finding, KeyStore, Page, Storage, TaskQueue
from memosd.wire.limits import Limits

NOW = datetime(2025, 9, 12, 8, 0, tzinfo=UTC)
OURS, THEIRS = ProjectId("proj_ours"), ProjectId("proj_theirs")
OUR_KEY, THEIR_KEY = "mk_our-key", "mk_their-key"
TASK = TaskId("task_1")

QUESTION = Message(MessageId("msg_1"), Role.USER, "我选七天", NOW)
ANSWER = Message(MessageId("msg_2"), Role.ASSISTANT, "好的，有其他问题再问我。", NOW + timedelta(minutes=1))
SYSTEM = Message(MessageId("msg_3"), Role.SYSTEM, "Be brief.", NOW - timedelta(minutes=1))


def memory(id: str, kind: Kind, title: str, value: str, *, owner: Owner | None = None, **more: object) -> Memory:
    content = Content(kind=kind, title=title, value=value, said_at=NOW, sources=(QUESTION.id,), **more)  # type: ignore[arg-type]
    return Memory(
        id=MemoryId(id),
        project=OURS,
        owner=owner or Owner.user("ada"),
        user="ada",
        conversation="0610",
        content=content,
        created_at=NOW,
        updated_at=NOW + timedelta(minutes=5),
        info={"scene": "chat", "stars": 4.5, "places": ("广州", "Rome")},
    )


FACT = memory("mem_1", Kind.FACT, "酒店选择", "用户去广州住七天酒店。", tags=("旅行",), language="zh")
DRAFT = memory("mem_2", Kind.FACT, "Running", "The user ran 5 km on 2025-09-12.", stage=Stage.DRAFT)
CLAIM = memory(
    "mem_3",
    Kind.FACT,
    "Advice",
    "The assistant advised rest.",
    view=View.ASSISTANT,
    owner=Owner.public(),
    confidence=0.6,
)
PREFERENCE = memory(
    "mem_4",
    Kind.PREFERENCE,
    "辣",
    "用户喜欢清爽的辣味。",
    detail={"preference_type": "implicit_preference", "reasoning": "用户说不喜欢重油。"},
)
TRAJECTORY = memory(
    "mem_5",
    Kind.TOOL_TRAJECTORY,
    "Weather",
    "get_weather was called for Rome.",
    detail={"tool_used_status": [{"used_tool": "get_weather", "success_rate": 1.0}], "experience": "Ask for the city."},
)
SCHEMA = memory("mem_6", Kind.TOOL_SCHEMA, "get_weather", '{"name": "get_weather"}')
SKILL = memory("mem_7", Kind.SKILL, "Plan a trip", "Steps to plan a trip.", detail={"procedure": "Ask first."})

FOUND = Recollection(
    facts=(Hit(FACT, 0.93456), Hit(DRAFT, 0.5), Hit(CLAIM, 1.2)),
    preferences=(Hit(PREFERENCE, 0.7),),
    tools=(Hit(TRAJECTORY, 0.6), Hit(SCHEMA, 0.5)),
    skills=(Hit(SKILL, 0.55),),
    language="zh",
)


class Keys:
    def __init__(self) -> None:
        self.by_digest: dict[bytes, ApiKey] = {}
        self.made: list[Project] = []
        self.looked_up = 0
        for project, secret in ((OURS, OUR_KEY), (THEIRS, THEIR_KEY)):
            self.by_digest[digest(secret)] = api_key(project, secret, name="test", created_at=NOW)

    async def key_by_digest(self, digest: bytes) -> ApiKey | None:
        self.looked_up += 1
        return self.by_digest.get(digest)

    async def create_project(self, project: Project) -> None:
        self.made.append(project)

    async def projects(self) -> list[Project]:
        return self.made

    async def create_key(self, key: ApiKey, *, digest: bytes) -> None:
        self.by_digest[digest] = key

    async def keys(self, project: ProjectId | None = None) -> list[ApiKey]:
        return [key for key in self.by_digest.values() if project in (None, key.project)]

    async def revoke_key(self, id: KeyId, *, at: datetime) -> bool:
        for found, key in self.by_digest.items():
            if key.id == id:
                self.by_digest[found] = replace(key, revoked_at=at)
                return True
        return False


class Shelf:
    """What the endpoints ask of storage, over lists."""

    def __init__(self) -> None:
        self.said = [SYSTEM, QUESTION, ANSWER]
        self.kept = [FACT, DRAFT, CLAIM, PREFERENCE, TRAJECTORY, SCHEMA]

    async def conversation(
        self, project: ProjectId, user: str, conversation: str, *, roles: Sequence[Role], limit: int
    ) -> list[Message]:
        if (project, user, conversation) != (OURS, "ada", "0610"):
            return []
        return [message for message in self.said if message.role in roles][-limit:]

    async def messages(self, project: ProjectId, ids: Sequence[MessageId]) -> Mapping[MessageId, Message]:
        return {message.id: message for message in self.said if project == OURS and message.id in ids}

    async def browse(
        self, project: ProjectId, user: str, *, reach: Sequence[Reach], kinds: frozenset[Kind], offset: int, limit: int
    ) -> Page:
        seen = [
            memory
            for memory in self.kept
            if (memory.project, memory.user) == (project, user)
            and memory.content.kind in kinds
            and any(memory.owner == each.owner and matches(each.where, memory) for each in reach)
        ]
        return Page(len(seen), tuple(seen[offset : offset + limit]))

    async def erase_memories(self, project: ProjectId, ids: Sequence[MemoryId]) -> Erased:
        known = {memory.id: memory for memory in self.kept}
        unknown = tuple(each for each in ids if each not in known)
        foreign = tuple(each for each in ids if each in known and known[each].project != project)
        if unknown or foreign:
            return Erased(0, foreign, unknown)
        self.kept = [memory for memory in self.kept if memory.id not in ids]
        return Erased(len(ids))

    async def erase_user(self, project: ProjectId, user: str) -> Erased:
        gone = [memory for memory in self.kept if (memory.project, memory.user) == (project, user)]
        self.kept = [memory for memory in self.kept if memory not in gone]
        return Erased(len(gone))


@dataclass
class Tasks:
    """One task of our project, in the state that a test wants."""

    state: State = State.DONE
    reason: str = ""
    waited: list[timedelta] = field(default_factory=list)

    async def record(self, project: ProjectId, id: TaskId) -> TaskRecord | None:
        if (project, id) != (OURS, TASK):
            return None
        return TaskRecord(id, project, self.state, self.reason, 1, NOW, NOW)

    async def finished(self, project: ProjectId, id: TaskId, *, at_most: timedelta) -> TaskRecord | None:
        self.waited.append(at_most)
        return await self.record(project, id)


@dataclass
class World:
    shelf: Shelf = field(default_factory=Shelf)
    tasks: Tasks = field(default_factory=Tasks)
    keys: Keys = field(default_factory=Keys)
    limits: Limits = field(default_factory=Limits)
    accepted: list[Batch] = field(default_factory=list)
    asked: list[Query] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=lambda: [Finding("database", True, "open")])
    fault: Exception | None = None
    found: Recollection = FOUND

    async def accept(self, batch: Batch) -> TaskId:
        self._fail()
        self.accepted.append(batch)
        return TASK

    async def recall(self, query: Query) -> Recollection:
        self._fail()
        self.asked.append(query)
        return self.found

    async def settled(self) -> None:
        self._fail()

    async def ready(self) -> list[Finding]:
        return self.findings

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault

    def services(self) -> Services:
        return Services(
            storage=cast(Storage, self.shelf),
            queue=cast(TaskQueue, self.tasks),
            keys=cast(KeyStore, self.keys),
            clock=lambda: NOW,
            accept=self.accept,
            settled=self.settled,
            recall=self.recall,
            ready=self.ready,
            count_tokens=count_tokens,
            limits=self.limits,
        )
