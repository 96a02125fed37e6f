"""A small world behind the endpoints: two projects, one key each, and a user with a memory of each kind."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

from memosd.domain.access import ApiKey, Project, api_key, digest
from memosd.domain.errors import NoSuchMemory
from memosd.domain.files import File, FileKind, FileRecord, KnowledgeBase
from memosd.domain.filters import matches
from memosd.domain.history import Action, Cause, CauseKind, Event
from memosd.domain.ids import FileId, KeyId, KnowledgeBaseId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.memories import Content, Kind, Memory, Stage, View
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Hit, Query, Recollection
from memosd.domain.tasks import State, TaskRecord
from memosd.domain.usage import DayUsage, Tokens, Usage
from memosd.flows.amend import AmendMemory
from memosd.flows.chat import Chat, ChatModels
from memosd.flows.extract import Extracted
from memosd.flows.rerank import Rerank
from memosd.flows.shelf import Content as FileContent
from memosd.flows.shelf import Incoming
from memosd.http.links import SkillLinks
from memosd.http.services import Services
from memosd.language.tokens import count_tokens
from memosd.ports.files import Blobs, FilePage, FileStore
from memosd.ports.models import Ask, Finished, Piece, Relevances
from memosd.ports.storage import BY_REQUEST, Erased, Finding, KeyStore, Page, Storage, TaskQueue
from memosd.wire.limits import Limits
from tests.support.fakes import HashEmbedder

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


EXTRACTED = Extracted((FACT.content, CLAIM.content, PREFERENCE.content))


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

    async def memories(self, project: ProjectId, ids: Sequence[MemoryId]) -> list[Memory]:
        return [memory for memory in self.kept if memory.project == project and memory.id in ids]

    async def done_by(self, project: ProjectId, task: TaskId) -> list[tuple[Kind, Event]]:
        made = Event(FACT.id, Action.MADE, NOW, Cause(CauseKind.MESSAGE, task), after=1)
        return [(Kind.FACT, made)] if (project, task) == (OURS, TASK) else []

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

    async def erase_memories(self, project: ProjectId, ids: Sequence[MemoryId], *, by: Cause = BY_REQUEST) -> Erased:
        known = {memory.id: memory for memory in self.kept}
        unknown = tuple(each for each in ids if each not in known)
        foreign = tuple(each for each in ids if each in known and known[each].project != project)
        if unknown or foreign:
            return Erased(0, foreign, unknown)
        self.kept = [memory for memory in self.kept if memory.id not in ids]
        return Erased(len(ids))

    async def erase_user(self, project: ProjectId, user: str, *, by: Cause = BY_REQUEST) -> Erased:
        gone = [memory for memory in self.kept if (memory.project, memory.user) == (project, user)]
        self.kept = [memory for memory in self.kept if memory not in gone]
        return Erased(len(gone))


OUR_BASE = KnowledgeBase(KnowledgeBaseId("kb_1"), OURS, "政策", "", NOW)
THEIR_BASE = KnowledgeBase(KnowledgeBaseId("kb_2"), THEIRS, "theirs", "", NOW)


def file(id: str, kind: FileKind, name: str, *, base: KnowledgeBase = OUR_BASE, digest: str = "") -> File:
    own_id, message = FileId(id), MessageId(f"msg_{id}")
    return File(own_id, base.project, message, kind, name, 1_500_000, digest or "0" * 64, NOW, base=base.id)


@dataclass
class Desk:
    """What the endpoints ask of the store of files and of the shelf, over lists; contents lie in `directory`."""

    kept: list[KnowledgeBase] = field(default_factory=lambda: [OUR_BASE, THEIR_BASE])
    records: list[FileRecord] = field(
        default_factory=lambda: [
            FileRecord(file("file_1", FileKind.DOCUMENT, "采购.docx"), State.DONE, ""),
            FileRecord(file("file_2", FileKind.SKILL, "SKILL.md"), State.FAILED, "SKILL.md has no front matter"),
            FileRecord(file("file_3", FileKind.DOCUMENT, "theirs.md", base=THEIR_BASE), State.RUNNING, ""),
        ]
    )
    taken: list[tuple[str, FileKind, str, bytes]] = field(default_factory=list)
    tidied: int = 0
    directory: Path = Path()

    @property
    def blobs(self) -> Blobs:
        return cast(Blobs, self)

    @asynccontextmanager
    async def reading(self, project: ProjectId, digest: str) -> AsyncIterator[Path]:
        yield self.directory / digest

    async def create_base(self, base: KnowledgeBase) -> None:
        self.kept.append(base)

    async def bases(self, project: ProjectId) -> list[KnowledgeBase]:
        return [base for base in self.kept if base.project == project]

    async def bases_named(self, ids: Sequence[KnowledgeBaseId]) -> Mapping[KnowledgeBaseId, KnowledgeBase]:
        return {base.id: base for base in self.kept if base.id in ids}

    async def files_named(self, ids: Sequence[FileId]) -> list[FileRecord]:
        return [record for each in ids for record in self.records if record.file.id == each]

    async def files_of_base(self, base: KnowledgeBaseId, *, kind: FileKind | None, offset: int, limit: int) -> FilePage:
        found = [r for r in self.records if r.file.base == base and kind in (None, r.file.kind)]
        return FilePage(len(found), tuple(found[offset : offset + limit]))

    async def upload(self, base: KnowledgeBase, incoming: Sequence[Incoming], *, at: datetime) -> list[File]:
        made = []
        for i, one in enumerate(incoming, 1):
            content = b"" if one.content is None else b"".join([chunk async for chunk in one.content])
            self.taken.append((one.name, one.kind, one.url, content))
            made.append(replace(file(f"file_new{i}", one.kind, one.name, base=base), size=len(content)))
        return made

    async def erase_base(self, base: KnowledgeBaseId) -> None:
        self.kept = [each for each in self.kept if each.id != base]

    async def erase_files(self, ids: Sequence[FileId], *, by: Cause) -> None:
        self.records = [record for record in self.records if record.file.id not in ids]

    async def tidy(self) -> None:
        self.tidied += 1


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
class Book:
    """A ledger over a list."""

    entries: list[Usage] = field(default_factory=list)

    async def add(self, usage: Usage) -> None:
        self.entries.append(usage)

    async def of_task(self, project: ProjectId, task: TaskId) -> Tokens:
        return sum((u.tokens for u in self.entries if (u.project, u.task) == (project, task)), Tokens())

    async def of_day(self, project: ProjectId, day: date) -> Tokens:
        return sum((u.tokens for u in self.entries if u.project == project and u.at.date() == day), Tokens())

    async def by_day(self, *, since: date, project: ProjectId | None = None) -> list[DayUsage]:
        return []


@dataclass
class Parrot:
    """A chat model that says what it is given. fails: after so many pieces. closed: how often before its end."""

    pieces: list[Piece] = field(default_factory=lambda: [Piece("七天", reasoning=True), Piece("七天"), Piece("酒店。")])
    fails: tuple[int, Exception] | None = None
    waits: asyncio.Event | None = None
    asked: list[Ask] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    closed: int = 0
    model: str = "tiny"

    async def stream(self, ask: Ask) -> AsyncGenerator[Piece | Finished]:
        self.asked.append(ask)
        self.begun.set()
        ended = False
        try:
            for i, piece in enumerate(self.pieces):
                if self.fails and self.fails[0] == i:
                    ended = True
                    raise self.fails[1]
                if self.waits and i == 1:
                    await self.waits.wait()
                yield piece
            ended = True
            yield Finished(Tokens(1, 120, 9))
        finally:
            self.closed += not ended


class Ranker:
    """A reranker for which the shortest text is the most relevant."""

    model = "ranker"

    async def relevances(self, query: str, documents: Sequence[str]) -> Relevances:
        return Relevances(tuple(1 / (1 + len(text)) for text in documents), Tokens(1, 23, 0))


@dataclass
class World:
    shelf: Shelf = field(default_factory=Shelf)
    tasks: Tasks = field(default_factory=Tasks)
    keys: Keys = field(default_factory=Keys)
    ledger: Book = field(default_factory=Book)
    model: Parrot | None = field(default_factory=lambda: Parrot())
    budget: int = 0
    limits: Limits = field(default_factory=Limits)
    accepted: list[Batch] = field(default_factory=list)
    attached: list[tuple[File, bytes | None]] = field(default_factory=list)
    desk: Desk = field(default_factory=Desk)
    asked: list[Query] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=lambda: [Finding("database", True, "open")])
    fault: Exception | None = None
    found: Recollection = FOUND
    extracted: list[Batch] = field(default_factory=list)
    extraction: Extracted = EXTRACTED

    async def accept(self, batch: Batch, files: Sequence[tuple[File, FileContent]] = ()) -> TaskId:
        self._fail()
        self.accepted.append(batch)
        for file, content in files:
            self.attached.append((file, None if content is None else b"".join([chunk async for chunk in content])))
        return TASK

    async def correct(self, batch: Batch, bases: tuple[str, ...]) -> TaskId:
        self._fail()
        self.accepted.append(batch)
        return TASK

    async def amend(
        self,
        project: ProjectId,
        memory: MemoryId,
        *,
        by: Cause,
        value: str | None = None,
        title: str | None = None,
        status: str | None = None,
    ) -> Memory:
        self._fail()
        found = await self.shelf.memories(project, [memory])
        if not found:
            raise NoSuchMemory(f"memory_id: there is no memory '{memory}' in this project")
        known = found[0]
        content = replace(known.content, value=value or known.content.value, title=title or known.content.title)
        retired = NOW if status == "archived" else None
        return replace(known, content=content, version=known.version + 1, retired_at=retired)

    async def recall(self, query: Query) -> Recollection:
        self._fail()
        self.asked.append(query)
        return self.found

    async def extract(self, batch: Batch) -> Extracted:
        self._fail()
        self.extracted.append(batch)
        return self.extraction

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
            ledger=self.ledger,
            clock=lambda: NOW,
            files=cast(FileStore, self.desk),
            shelf=self.desk,
            skill_links=SkillLinks("http://memosd.test", b"s" * 32, lambda: NOW),
            accept=self.accept,
            correct=self.correct,
            amend=cast(AmendMemory, self.amend),
            settled=self.settled,
            recall=self.recall,
            chat=Chat(
                ChatModels({"tiny": self.model, "deepseek-r1": self.model}, "tiny") if self.model else ChatModels(),
                cast(Storage, self.shelf),
                self.recall,
                self.accept,
                self.ledger,
                lambda: NOW,
                self.budget,
            ),
            extract=self.extract,
            rerank=Rerank(HashEmbedder, Ranker(), self.ledger, count_tokens, lambda: NOW),
            ready=self.ready,
            count_tokens=count_tokens,
            limits=self.limits,
        )
