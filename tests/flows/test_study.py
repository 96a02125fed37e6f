"""Files from upload to memories, with what can go wrong on the way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import pytest

from memosd.domain.documents import Block, BlockKind, Document
from memosd.domain.errors import (
    MemosdError,
    ModelRefused,
    ModelUnavailable,
    NotFound,
    OverBudget,
    Unavailable,
    Unreadable,
)
from memosd.domain.files import File, FileKind, FileRecord, KnowledgeBase
from memosd.domain.ids import BatchId, FileId, KnowledgeBaseId, MessageId, ProjectId, TaskId, new_id
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner, Reach
from memosd.domain.tasks import Outcome, State, Study, Task
from memosd.flows.accept import Accept
from memosd.flows.shelf import Incoming, Shelf
from memosd.flows.study import AT_ONCE, StudyBatch
from memosd.ports.documents import Fetched
from memosd.ports.storage import BY_REQUEST
from memosd.providers.lines import LineEmbedder
from memosd.worker import Worker
from tests.flows.conftest import PROJECT, Memosd, values


class PlainReader:
    """Takes a file for lines of text; one that begins with 'bad' cannot be read."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def read(self, path: Path, *, name: str, kind: FileKind) -> Document:
        self.names.append(name)
        text = await asyncio.to_thread(path.read_text)
        if text.startswith("bad"):
            raise Unreadable("it is bad")
        if kind is FileKind.SKILL:
            return Document("", (Block(BlockKind.TEXT, text),))
        blocks = (part for line in text.split("\n") for part in _line(line))
        return Document(name, tuple(blocks))


def _line(line: str) -> list[Block]:
    return [Block(BlockKind.HEADING, line[:4], 1), Block(BlockKind.TEXT, line)]


class Web:
    """Answers every URL with its path. name, media_type: of every answer."""

    def __init__(self) -> None:
        self.down = False
        self.name, self.media_type = "fetched.txt", ""

    @asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[Fetched]:
        if self.down:
            raise Unavailable("the web is down")
        yield Fetched(self.name, of(url.rsplit("/", 1)[-1].encode()), self.media_type)


async def of(content: bytes) -> AsyncIterator[bytes]:
    yield content


@dataclass
class Studying:
    memosd: Memosd
    reader: PlainReader = field(default_factory=PlainReader)
    web: Web = field(default_factory=Web)

    def __post_init__(self) -> None:
        engine = self.memosd.engine
        self.shelf = Shelf(engine.storage, engine.files, engine.blobs, max_file=10_000)
        embedder = LineEmbedder(self.memosd.embedder)
        self.study = StudyBatch(
            engine.storage, engine.queue, self.shelf, self.reader, self.web, embedder, self.memosd.clock,
            self.memosd.remember,
        )  # fmt: skip
        self.accept = Accept(engine.storage, self.memosd.accept.extractor, self.shelf)
        self.worker = Worker(engine.queue, self.run, attempts=2)

    async def run(self, task: Task) -> Outcome | None:
        return await (self.study(task) if isinstance(task.job, Study) else self.memosd.remember(task))

    async def base(self) -> KnowledgeBase:
        base = KnowledgeBase(KnowledgeBaseId(new_id("kb")), PROJECT, "rules", "", self.memosd.clock())
        await self.memosd.engine.files.create_base(base)
        return base

    async def upload(self, base: KnowledgeBase, *files: Incoming) -> list[FileId]:
        return [file.id for file in await self.shelf.upload(base, files, at=self.memosd.clock())]

    async def records(self, ids: list[FileId]) -> list[FileRecord]:
        return await self.memosd.engine.files.files_named(ids)

    async def found(self, text: str, *bases: KnowledgeBase, user: str = "ana") -> list[str]:
        reaches = (Reach(Owner.user(user)), *(Reach(Owner.base(base.id)) for base in bases))
        return values((await self.memosd.ask(text, user=user, reaches=reaches)).facts)

    async def kept(self, *contents: str) -> list[str]:
        """Those of the contents that are kept."""
        found = []
        for content in contents:
            with contextlib.suppress(NotFound):
                async with self.shelf.blobs.reading(PROJECT, sha256(content.encode()).hexdigest()) as path:
                    found.append(await asyncio.to_thread(path.read_text))
        return found


@pytest.fixture
def studying(memosd: Memosd) -> Studying:
    return Studying(memosd)


def document(content: str, name: str = "rules.txt") -> Incoming:
    return Incoming(name, FileKind.DOCUMENT, of(content.encode()))


@pytest.mark.parametrize("words", ["Design software costs at most 1000", "设计软件最多一千元"])
async def test_a_file_becomes_memories_of_its_base(studying: Studying, words: str) -> None:
    base, other = await studying.base(), await studying.base()
    [file] = await studying.upload(base, document(words))
    assert [record.state for record in await studying.records([file])] == [State.WAITING]
    await studying.worker.drain()
    assert [record.state for record in await studying.records([file])] == [State.DONE]
    [passage] = await studying.found(words, base)
    assert words in passage
    assert await studying.found(words, other) == []
    assert await studying.found(words) == []


async def test_one_that_cannot_be_read_stops_no_other(studying: Studying) -> None:
    base = await studying.base()
    ids = await studying.upload(base, document("bad", "a.txt"), document("tea rules", "b.txt"))
    await studying.worker.drain()
    first, second = await studying.records(ids)
    assert (first.state, first.reason, first.file.problem) == (State.FAILED, "a.txt: it is bad", "it is bad")
    assert second.state is State.DONE


async def test_a_file_of_a_url_is_fetched_when_it_is_its_turn(studying: Studying) -> None:
    base = await studying.base()
    [file] = await studying.upload(base, Incoming("x", FileKind.DOCUMENT, url="https://example.com/tea"))
    await studying.worker.drain()
    [record] = await studying.records([file])
    assert (record.state, record.file.name, record.file.size) == (State.DONE, "fetched.txt", 3)
    assert await studying.kept("tea") == ["tea"]


@pytest.mark.parametrize(
    ("name", "media_type", "kept"),
    [
        ("茶.md", "text/plain; charset=utf-8", "茶.md"),
        ("2301.12345", "application/pdf", "2301.12345.pdf"),
        ("index.PHP", "Text/HTML; charset=utf-8", "index.PHP.html"),
        ("download", "application/pdf", "download.pdf"),
        ("LICENSE", "text/plain", "LICENSE"),
        ("", "", "declared.txt"),
    ],
)
async def test_what_a_fetched_file_is_called(studying: Studying, name: str, media_type: str, kept: str) -> None:
    studying.web.name, studying.web.media_type = name, media_type
    [file] = await studying.upload(
        await studying.base(), Incoming("declared.txt", FileKind.DOCUMENT, url="https://a.example/tea")
    )
    await studying.worker.drain()
    [record] = await studying.records([file])
    assert (record.state, record.file.name) == (State.DONE, kept)
    assert studying.reader.names == [kept]


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [
        ("setup.exe", "application/octet-stream", FileKind.DOCUMENT),
        ("setup.exe", "text/plain", FileKind.DOCUMENT),
        ("安装.msi", "", FileKind.DOCUMENT),
        ("skill.pdf", "application/pdf", FileKind.SKILL),
    ],
)
async def test_a_fetched_file_is_of_a_type_that_may_be_uploaded(
    studying: Studying, name: str, media_type: str, kind: FileKind
) -> None:
    studying.web.name, studying.web.media_type = name, media_type
    [file] = await studying.upload(await studying.base(), Incoming("x.md", kind, url="https://a.example/tea"))
    await studying.worker.drain()
    [record] = await studying.records([file])
    assert (record.state, record.file.digest) == (State.FAILED, "")
    assert f"files of the type '{name[-3:]}' are not read" in record.file.problem


async def test_what_may_pass_is_tried_again_without_repeating_anything(studying: Studying) -> None:
    base = await studying.base()
    lines = "\n".join(f"line number {i} tells of subject {i}" for i in range(3 * AT_ONCE))
    [file] = await studying.upload(base, document(lines))
    [task] = await studying.memosd.engine.queue.claim(limit=1, lease=studying.worker.lease)
    writes = 0
    apply = studying.memosd.engine.storage.apply

    async def failing(edit: object) -> bool:
        nonlocal writes
        writes += 1
        if writes == 2:
            raise Unavailable("the disk is full")
        return await apply(edit)  # type: ignore[arg-type]

    studying.memosd.engine.storage.apply = failing  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await studying.study(task)
    embedded = len(studying.memosd.embedder.texts)
    assert await studying.study(task) is not None
    assert len(studying.memosd.embedder.texts) - embedded == 2 * AT_ONCE, "the first part was not made again"
    [record] = await studying.records([file])
    page = await studying.memosd.engine.storage.made_from(PROJECT, [record.file.message])
    assert len(page) == 3 * AT_ONCE


async def test_a_failure_that_may_pass_is_put_off(studying: Studying) -> None:
    base = await studying.base()
    studying.web.down = True
    [file] = await studying.upload(base, Incoming("x", FileKind.DOCUMENT, url="https://example.com/tea"))
    await studying.worker.drain()
    [record] = await studying.records([file])
    assert (record.state, record.reason) == (State.WAITING, "the web is down")


async def test_a_skill(studying: Studying) -> None:
    base = await studying.base()
    text = b"---\nname: Tea\ndescription: How to make tea\n---\nBoil water."
    good, bad = await studying.upload(
        base, Incoming("SKILL.md", FileKind.SKILL, of(text)), Incoming("SKILL.md", FileKind.SKILL, of(b"no"))
    )
    await studying.worker.drain()
    first, second = await studying.records([good, bad])
    assert (first.state, second.state) == (State.DONE, State.FAILED)
    assert "no front matter" in second.reason
    [skill] = await studying.memosd.engine.storage.made_from(PROJECT, [first.file.message])
    assert (skill.content.title, skill.owner) == ("Tea", Owner.base(base.id))
    await studying.shelf.erase_files([good], by=BY_REQUEST)
    assert await studying.memosd.engine.storage.memories(PROJECT, [skill.id]) == []


async def test_contents_go_with_the_last_file_that_has_them(studying: Studying) -> None:
    base = await studying.base()
    first, second = await studying.upload(base, document("tea"), document("tea"))
    assert await studying.kept("tea") == ["tea"]
    await studying.shelf.erase_files([first], by=BY_REQUEST)
    assert await studying.kept("tea") == ["tea"]
    await studying.shelf.erase_files([second], by=BY_REQUEST)
    assert await studying.kept("tea") == []


async def test_a_base_goes_with_all_it_held(studying: Studying) -> None:
    base = await studying.base()
    await studying.upload(base, document("tea rules"), document("coffee rules"))
    await studying.worker.drain()
    await studying.upload(base, document("cocoa rules"))
    await studying.memosd.say(("user", "I wrote the cocoa rules myself"), owner=Owner.base(base.id))
    held = ("tea rules", "coffee rules", "cocoa rules")
    assert await studying.kept(*held) == list(held)
    await studying.shelf.erase_base(base.id)
    await studying.worker.drain()
    assert await studying.found("rules", base) == []
    assert await studying.kept(*held) == []


async def attach(studying: Studying, text: str, *contents: str) -> State:
    """Say something with files; how it ended."""
    now = studying.memosd.clock()
    said = Message(MessageId(new_id("msg")), Role.USER, text, now)
    batch = Batch(BatchId(new_id("batch")), PROJECT, "ana", "c", Owner.user("ana"), (said,), now)
    files = [
        File(FileId(new_id("file")), PROJECT, said.id, FileKind.DOCUMENT, f"{i}.txt", 0, "", now)
        for i in range(len(contents))
    ]
    task = await studying.accept(batch, [(file, of(c.encode())) for file, c in zip(files, contents, strict=True)])
    await studying.accept.settled()
    await studying.worker.drain()
    record = await studying.memosd.engine.queue.record(PROJECT, task)
    assert record is not None
    studying.reader.names.append(record.reason)
    return record.state


async def test_files_of_messages_are_the_users_with_the_words_around_them(studying: Studying) -> None:
    assert (
        await attach(studying, "These are the tea rules of my club", "green tea at four", "black tea at five")
        is State.DONE
    )
    green = await studying.found("green tea at four")
    assert any("“These are the tea rules of my club”" in value and "green tea at four" in value for value in green)
    assert any("black tea at five" in value for value in await studying.found("black tea at five"))
    assert any(value.endswith("tea rules of my club") for value in await studying.found("tea rules of my club"))
    assert await studying.found("green tea at four", user="bob") == []
    await studying.memosd.engine.storage.erase_user(PROJECT, "ana")
    await studying.shelf.tidy()
    assert await studying.kept("green tea at four", "black tea at five") == []


async def test_what_was_said_is_kept_when_no_file_can_be_read(studying: Studying) -> None:
    assert await attach(studying, "These are the tea rules of my club", "bad", "bad too") is State.DONE
    assert studying.reader.names[-1] == "0.txt: it is bad; 1.txt: it is bad"
    assert await studying.found("tea rules of my club")


@pytest.mark.parametrize(("content", "said"), [("bad", ""), ("tea menu", "tea menu")])
async def test_what_a_picture_shows_is_told_by_a_vision_model(studying: Studying, content: str, said: str) -> None:
    async def describe(picture: bytes, *, said: str, project: ProjectId, task: TaskId) -> str:
        assert said == "door"
        return f"a red door on {len(picture)} bytes"

    base = await studying.base()
    studying.study = replace(studying.study, describe=describe)
    [file] = await studying.upload(base, Incoming("door.png", FileKind.IMAGE, of(content.encode())))
    await studying.worker.drain()
    assert [record.state for record in await studying.records([file])] == [State.DONE]
    found = "\n".join(await studying.found("a red door", base))
    assert f"a red door on {len(content)} bytes" in found
    assert said in found


@pytest.mark.parametrize("failure", [ModelUnavailable("it is down"), ModelRefused("it will not"), OverBudget("spent")])
async def test_a_vision_model_that_fails_hurts_nothing(studying: Studying, failure: MemosdError) -> None:
    async def describe(picture: bytes, *, said: str, project: ProjectId, task: TaskId) -> str:
        raise failure

    base = await studying.base()
    studying.study = replace(studying.study, describe=describe)
    incoming = [
        Incoming(name, FileKind.IMAGE, of(text)) for name, text in (("menu.png", b"tea menu"), ("x.png", b"bad"))
    ]
    menu, wordless = await studying.upload(base, *incoming)
    await studying.worker.drain()
    [read, unread] = await studying.records([menu, wordless])
    assert (read.state, unread.state) == (State.DONE, State.FAILED)
    assert await studying.found("tea menu", base)
    assert str(failure) in unread.file.problem
