"""What every engine's archive must do: give everything of a project, and take it in again as it was."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from memosd.domain.access import Project, api_key, digest
from memosd.domain.changes import REPEATED, Add, Retire, Revise
from memosd.domain.errors import Invalid, NotFound
from memosd.domain.files import File, FileKind, KnowledgeBase
from memosd.domain.history import Action, Cause, CauseKind, Event
from memosd.domain.ids import FileId, KnowledgeBaseId, ProjectId, TaskId
from memosd.domain.memories import Kind, Stage
from memosd.domain.scope import Owner
from memosd.domain.search import Span
from memosd.domain.tasks import Again, Failed, Remember, State, Study, Task
from memosd.domain.usage import Purpose, Tokens, Usage
from memosd.flows.contents import PIECE, ContentLoader, with_contents
from memosd.ports.archive import (
    BatchRecord,
    ContentRecord,
    EmbeddingRecord,
    EventRecord,
    FileEntry,
    KnowledgeBaseRecord,
    LinkRecord,
    Parts,
    Record,
    TaskEntry,
)
from memosd.ports.engine import Engine
from memosd.wire.archive import FIRST, read_lines, write_lines
from tests.support.engines import ENGINES, Places
from tests.support.frozen import FrozenClock
from tests.support.records import (
    LEASE,
    MORNING,
    OTHER_PROJECT,
    PROJECT,
    Records,
    batch,
    content,
    memory_id,
    message,
    question,
)

ALL = Parts(embeddings=True, keys=True)
OWN = b'{"project":{"project":{"id":"proj_1","name":"p","created_at":"2026-01-01T00:00:00Z"}}}\n'
EVENT = (
    b'{"event":{"project":"proj_1","event":{"subject":"mem_1","action":"deleted","at":"2026-01-01T00:00:00Z",'
    b'"cause":{"kind":"key","id":""},"before":null,"after":null,"because":"","other":null}}}\n'
)
CONTENT = b'{"content":{"project":"proj_1","digest":"a","size":0,"start":0,"piece":""}}\n'
TASK = (
    b'{"task":{"task":{"id":"task_1","project":"proj_1","job":{"batch":"batch_1"},"lock":"proj_1/user:ann"},'
    b'"batch":"batch_1","state":"done","reason":"","ready_at":"2026-01-01T00:00:00Z",'
    b'"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}}\n'
)


@pytest.fixture(params=ENGINES)
async def other(request: pytest.FixtureRequest, places: Places, clock: FrozenClock) -> AsyncIterator[Engine]:
    """Of each kind, whichever the first one is: a project can be moved from any to any."""
    with places.new(request.param) as place:
        opened = await place.open(clock=clock)
        yield opened
        await opened.close()


async def dumped(engine: Engine, parts: Parts = ALL, *, project: ProjectId = PROJECT) -> bytes:
    return b"".join([lines async for lines in write_lines(engine.archive.dump(project, parts=parts))])


async def dumped_with_contents(engine: Engine) -> bytes:
    records = with_contents(engine.archive.dump(PROJECT, parts=ALL), engine.blobs)
    return b"".join([lines async for lines in write_lines(records)])


async def load(engine: Engine, archive: bytes) -> None:
    with ContentLoader(engine.blobs) as contents:
        for lines in read_lines(archive.splitlines(keepends=True)):
            records = [line for line in lines if not isinstance(line, ContentRecord)]
            await engine.archive.load(records, project=PROJECT)
            for line in lines:
                if isinstance(line, ContentRecord):
                    await contents.take(line)


async def keep(engine: Engine, content: bytes) -> str:
    """The digest of a content that is kept from now on."""

    async def arriving() -> AsyncIterator[bytes]:
        yield content

    async with engine.blobs.stage(arriving(), limit=len(content)) as staged, engine.blobs.changing:
        await engine.blobs.keep(PROJECT, staged)
    return staged.digest


async def live_a_little(records: Records) -> None:
    """Two projects; drafts, versions, retired and deleted memories; tasks in every state; keys."""
    for id_ in (PROJECT, OTHER_PROJECT):
        await records.keys.create_project(Project(id_, f"name of {id_}", MORNING))
        secret = "mk_secret" + id_
        await records.keys.create_key(
            api_key(id_, secret, name="k", created_at=MORNING, expires_at=MORNING), digest=digest(secret)
        )
    told = batch(
        message("我下周去北京 🚄\u2028"),
        message("said"),
        agent="a",
        tags=("旅行",),
        info={"level": 3, "ratio": 7.0, "huge": 1e20, "places": ("北京", "b"), "7": "7"},
    )
    old, new, gone = (Add(memory_id(), content(f"tea {n}", sources=told.messages[:1], names=["Rome"])) for n in "123")
    await records.learn(told, old, replace(new, after=old.id), gone)
    later = batch("later", owner=Owner.public(), received_at=MORNING + timedelta(seconds=1.000001))
    shown = content("", kind=Kind.PREFERENCE, detail={"reasoning": ["x"], "n": {"a": None}}, holds_from=MORNING)
    await records.learn(later, Add(memory_id(), shown))
    again = batch("again")
    revised = content("tea 2, with milk", tags=("t",), keys=("k", "l"))
    await records.learn(
        again, Revise(new.id, revised, version=1), Retire(old.id, REPEATED, new.id, version=1), at=MORNING + LEASE
    )
    await records.storage.erase_memories(PROJECT, [gone.id])
    await records.remember(content("theirs"), project=OTHER_PROJECT)
    base = KnowledgeBase(KnowledgeBaseId("kb_1"), PROJECT, "政策", "what is allowed", MORNING)
    await records.files.create_base(base)
    upload = batch("rules.pdf", user="", conversation="", owner=Owner.base(base.id))
    file = File(
        FileId("file_1"), PROJECT, upload.messages[0].id, FileKind.DOCUMENT, "rules.pdf", 7, "a" * 64, MORNING, base.id
    )
    study = Task(TaskId("task_of_file"), PROJECT, Study(upload.id), f"{PROJECT}/{upload.owner}")
    await records.storage.accept(upload, task=study, files=[file])
    claimed = await records.claim(study)
    passage = Add(memory_id(), content("tea is allowed", sources=upload.messages, kind=Kind.PASSAGE))
    await records.apply(claimed, upload, passage)
    failed = await records.claim(await records.accept(batch("failed", user="bob")))
    await records.queue.settle(failed, Failed("because"))
    postponed = await records.claim(await records.accept(batch("postponed", user="cid")))
    await records.queue.settle(postponed, Again(timedelta(hours=1), "later"))
    await records.accept(batch("waiting"), Add(memory_id(), content("a draft", stage=Stage.DRAFT, names=["Bob"])))
    await records.accept(batch("waiting behind it"))


async def test_a_round_trip_is_equal_to_the_byte(records: Records, engine: Engine, other: Engine) -> None:
    await live_a_little(records)
    archive = await dumped(engine)
    await load(other, archive)
    assert await dumped(other) == archive
    assert [finding for finding in await other.findings() if not finding.well and finding.check != "queue"] == []


async def take_in(records: Records, engine: Engine, *contents: bytes) -> list[str]:
    """Files of a base with these contents; their digests."""
    await records.keys.create_project(Project(PROJECT, "p", MORNING))
    base = KnowledgeBase(KnowledgeBaseId("kb_1"), PROJECT, "rules", "", MORNING)
    await records.files.create_base(base)
    digests = [await keep(engine, content) for content in contents]
    for i, sha in enumerate(digests):
        upload = batch(f"{i}.txt", user="", conversation="", owner=Owner.base(base.id))
        file = File(
            FileId(f"file_{i}"), PROJECT, upload.messages[0].id, FileKind.DOCUMENT, f"{i}.txt", 7, sha, MORNING, base.id
        )
        study = Task(TaskId(f"task_{i}"), PROJECT, Study(upload.id), f"{PROJECT}/{upload.owner}")
        await records.storage.accept(upload, task=study, files=[file])
    return digests


async def test_the_contents_of_files_go_with_them(records: Records, engine: Engine, other: Engine) -> None:
    contents = ("规则".encode() * PIECE, b"short", b"short", b"")
    digests = await take_in(records, engine, *contents)
    archive = await dumped_with_contents(engine)
    assert archive.count(b'"content":{') == 6 + 1 + 1
    await load(other, archive)
    for expected, sha in zip(contents, digests, strict=True):
        async with other.blobs.reading(PROJECT, sha) as path:
            assert path.read_bytes() == expected
    assert await dumped_with_contents(other) == archive
    assert await other.files.loose_blobs(limit=9) == []


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b'"start":1048576', b'"start":1048577'),
        (b'"size":6291456', b'"size":1048576'),
        (b'"piece":"c2hvcnQ="', b'"piece":"U2hvcnQ="'),
        (b'"piece":"c2hvcnQ="', b'"piece":"c2hvcnRlcg=="'),
    ],
)
async def test_a_damaged_content_is_refused(
    records: Records, engine: Engine, other: Engine, was: bytes, becomes: bytes
) -> None:
    await take_in(records, engine, "规则".encode() * PIECE, b"short")
    archive = await dumped_with_contents(engine)
    assert was in archive
    with pytest.raises(Invalid, match="the content"):
        await load(other, archive.replace(was, becomes, 1))


async def test_what_was_loaded_is_found_and_worked_on_as_before(
    records: Records, engine: Engine, other: Engine
) -> None:
    await live_a_little(records)
    await load(other, await dumped(engine))
    there = Records(other.storage, other.queue, other.keys, {index.name: index for index in other.indexes}, other.files)
    day = Span(MORNING - timedelta(days=1), MORNING + timedelta(days=1))
    probe = question("tea", "draft", entities=["rome", "bob"], time=day)
    for index in ("text", "vector", "graph", "time"):
        assert await there.found(index, probe) == await records.found(index, probe)
    assert await there.queue.backlog() == await records.queue.backlog()
    [first] = await records.queue.claim(limit=9, lease=LEASE)
    [same] = await there.queue.claim(limit=9, lease=LEASE)
    assert (same.id, same.lock, same.job) == (first.id, first.lock, first.job)
    assert isinstance(same.job, Remember)
    assert await there.storage.batch(same.job.batch) == await records.storage.batch(same.job.batch)
    assert await there.keys.key_by_digest(digest("mk_secret" + PROJECT)) is not None


async def test_vectors_and_keys_only_if_asked(records: Records, engine: Engine) -> None:
    await live_a_little(records)
    without = await dumped(engine, Parts(embeddings=False))
    assert b'{"embedding":' not in without
    assert b'\n{"key":' not in without
    everything = await dumped(engine)
    assert everything.count(b'{"embedding":') == 3
    assert everything.count(b'\n{"key":') == 1
    assert OTHER_PROJECT.encode() not in everything


async def test_usage_is_carried(records: Records, engine: Engine, other: Engine) -> None:
    await records.keys.create_project(Project(PROJECT, "name", MORNING))
    for days, task in ((0, None), (1, TaskId("task_1")), (0, TaskId("task_1")), (0, None)):
        at = MORNING + timedelta(days=days)
        await engine.ledger.add(Usage(PROJECT, Purpose.EXTRACTION, "tiny", Tokens(1, 10, 2), at, task))
    archive = await dumped(engine)
    for _ in range(2):
        await load(other, archive)
        assert await dumped(other) == archive
    assert await other.ledger.of_task(PROJECT, TaskId("task_1")) == Tokens(2, 20, 4)
    assert await other.ledger.of_day(PROJECT, MORNING.date()) == Tokens(3, 30, 6)


async def test_loading_twice_changes_nothing(records: Records, engine: Engine, other: Engine) -> None:
    await live_a_little(records)
    archive = await dumped(engine)
    await load(other, archive)
    await load(other, archive)
    assert await dumped(other) == archive


async def test_a_dump_is_of_one_moment(records: Records, engine: Engine) -> None:
    await live_a_little(records)
    before = await dumped(engine)
    chunks: list[Sequence[Record]] = []
    async for chunk in engine.archive.dump(PROJECT, parts=ALL):
        await records.storage.erase_user(PROJECT, "ann")
        chunks.append(chunk)

    async def replayed() -> AsyncIterator[Sequence[Record]]:
        for chunk in chunks:
            yield chunk

    assert b"".join([lines async for lines in write_lines(replayed())]) == before


async def test_there_must_be_such_a_project(engine: Engine) -> None:
    with pytest.raises(NotFound):
        async for _ in engine.archive.dump(ProjectId("nobody's"), parts=ALL):
            pass


@pytest.mark.parametrize(
    ("archive", "says"),
    [
        (b"", "not whole"),
        (b'{"memosd":{"format":2}}\n', "no archive"),
        (b'{"memosd":{"format":1}}\n{"end":{"records":1}}\n', "line 2"),
        (b'{"memosd":{"format":1}}\n{"wish":{}}\n', "line 2"),
        (b'{"memosd":{"format":1}}\n{"link":{"source":1}}\n', "link.source"),
        (b'{"memosd":{"format":1}}\n{"link":{"source":"a","kind":"next","target":"b"}}\n', "line 2"),
        (b'{"memosd":{"format":1}}\n{"end":{"records":0}}\n', "line 2"),
        (FIRST + OWN, "after 1 records"),
        (FIRST + OWN + OWN, "line 3 .* no other, must be a project"),
        (FIRST + OWN + EVENT.replace(b"proj_1", b"proj_2"), "line 3 .* of the project proj_2"),
        (FIRST + OWN + EVENT + CONTENT.replace(b"proj_1", b"proj_2"), "line 4 .* of the project proj_2"),
        (FIRST + OWN + TASK.replace(b"proj_1/user", b"proj_2/user"), "line 3 .* not of the project proj_1"),
    ],
)
def test_what_is_no_whole_archive_is_refused(archive: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        list(read_lines(archive.splitlines(keepends=True)))


async def test_an_archive_reaches_no_other_project(records: Records, engine: Engine) -> None:
    """Whoever wrote it knows ids of another project's records, and would like to have a part in them."""
    await records.keys.create_project(Project(OTHER_PROJECT, "theirs", MORNING))
    base = KnowledgeBase(KnowledgeBaseId("kb_theirs"), OTHER_PROJECT, "theirs", "", MORNING)
    await records.files.create_base(base)
    taken = batch("I like tea", project=OTHER_PROJECT)
    task = await records.accept(taken)
    claimed = await records.claim(task)
    theirs, more = (Add(memory_id(), content(n, sources=taken.messages)) for n in ("tea", "more tea"))
    await records.apply(claimed, taken, theirs, more)
    before = await dumped(engine, project=OTHER_PROJECT)
    mine = batch("mine")
    file = File(FileId("file_mine"), PROJECT, mine.messages[0].id, FileKind.DOCUMENT, "x", 0, "", MORNING, base.id)
    job = Task(TaskId("task_mine"), PROJECT, Remember(taken.id), f"{PROJECT}/{mine.owner}")
    settled = TaskEntry(job, None, State.WAITING, "", ready_at=MORNING, created_at=MORNING, updated_at=MORNING)
    said = Event(theirs.id, Action.DELETED, MORNING, Cause(CauseKind.KEY))
    for record in (
        KnowledgeBaseRecord(replace(base, project=PROJECT)),
        BatchRecord(replace(taken, project=PROJECT)),
        FileEntry(replace(file, base=None), taken.id),
        FileEntry(file, mine.id),
        EventRecord(PROJECT, said),
        LinkRecord(theirs.id, "next", more.id),
        EmbeddingRecord(theirs.id, "another model", (bytes(8),)),
        settled,
        replace(settled, task=replace(job, job=Remember(mine.id)), batch=taken.id),
        replace(settled, task=replace(job, id=task.id, job=Remember(mine.id))),
    ):
        with pytest.raises(Invalid, match="another project's"):
            await engine.archive.load([BatchRecord(mine), record], project=PROJECT)
        assert await records.storage.batch(mine.id) is None, "all of it or nothing"
    assert await dumped(engine, project=OTHER_PROJECT) == before
