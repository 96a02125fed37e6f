"""Knowledge bases and files: what belongs to them is found through them, and goes with them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256

import pytest

from memosd.domain.changes import Add
from memosd.domain.errors import NotFound, StorageUnavailable
from memosd.domain.files import File, FileKind, KnowledgeBase
from memosd.domain.history import Action, Cause, CauseKind
from memosd.domain.ids import FileId, KnowledgeBaseId, MemoryId, ProjectId, TaskId, new_id
from memosd.domain.memories import Kind
from memosd.domain.messages import Batch
from memosd.domain.scope import Owner, Reach
from memosd.domain.tasks import Done, Failed, State, Study, Task
from memosd.flows.shelf import Incoming, Shelf
from memosd.ports.engine import Engine
from memosd.ports.storage import BY_REQUEST, Edit
from tests.support.records import (
    MODEL,
    MORNING,
    OTHER_PROJECT,
    PROJECT,
    Records,
    batch,
    content,
    memory_id,
    message,
    question,
    unit,
    vectors,
)

A, B = "a" * 64, "b" * 64
KEY = Cause(CauseKind.KEY, "key_1")


async def new_base(records: Records, name: str = "policies", *, project: ProjectId = PROJECT) -> KnowledgeBase:
    base = KnowledgeBase(KnowledgeBaseId(new_id("kb")), project, name, "what is allowed", MORNING)
    await records.files.create_base(base)
    return base


def reach(base: KnowledgeBase) -> tuple[Reach, ...]:
    return (Reach(Owner.base(base.id)),)


def upload_of(
    base: KnowledgeBase, name: str, *, digest: str = A, kind: FileKind = FileKind.DOCUMENT
) -> tuple[Batch, File, Task]:
    taken = batch(message(name), project=base.project, user="", conversation="", owner=Owner.base(base.id))
    said = taken.messages[0].id
    file = File(FileId(new_id("file")), base.project, said, kind, name, 7, digest, MORNING, base=base.id)
    task = Task(TaskId(new_id("task")), base.project, Study(taken.id), f"{base.project}/{taken.owner}")
    return taken, file, task


async def upload(
    records: Records, base: KnowledgeBase, name: str, *, digest: str = A, kind: FileKind = FileKind.DOCUMENT
) -> tuple[Batch, File, Task]:
    taken, file, task = upload_of(base, name, digest=digest, kind=kind)
    await records.storage.accept(taken, task=task, files=[file])
    return taken, file, task


async def read(records: Records, taken: Batch, task: Task, *values: str) -> list[MemoryId]:
    """Read the file of a batch, whose task must be the oldest that is ready, into passages."""
    claimed = await records.claim(task)
    said = taken.messages
    adds = [Add(memory_id(), content(value, sources=said, kind=Kind.PASSAGE)) for value in values]
    assert await records.apply(claimed, taken, *adds)
    return [add.id for add in adds]


async def test_bases_are_kept_by_project(records: Records) -> None:
    first, second = await new_base(records), await new_base(records, "rules")
    foreign = await new_base(records, project=OTHER_PROJECT)
    assert await records.files.bases(PROJECT) == [first, second]
    known = await records.files.bases_named([foreign.id, first.id, KnowledgeBaseId("kb_none")])
    assert known == {first.id: first, foreign.id: foreign}


async def test_a_file_comes_with_its_batch_and_its_state_is_that_of_its_task(records: Records) -> None:
    base = await new_base(records)
    taken, file, task = await upload(records, base, "a.pdf")
    assert await records.files.files_of_batch(taken.id) == [file]
    [record] = await records.files.files_named([file.id, FileId("file_none")])
    assert (record.file, record.state) == (file, State.WAITING)
    claimed = await records.claim(task)
    assert claimed.job == Study(taken.id)
    await records.queue.settle(claimed, Failed("it is encrypted"))
    [record] = await records.files.files_named([file.id])
    assert (record.state, record.reason) == (State.FAILED, "it is encrypted")


async def test_a_file_that_cannot_be_read_is_no_sickness(records: Records, engine: Engine) -> None:
    async def queue() -> tuple[bool, str, str]:
        [found] = [finding for finding in await engine.findings() if finding.check == "queue"]
        return found.well, found.detail, found.advice

    base = await new_base(records)
    for name in ("绝密.pdf", "locked.docx"):
        _, file, task = await upload(records, base, name)
        await records.files.update_file(replace(file, problem="it is encrypted"))
        await records.queue.settle(await records.claim(task), Failed(f"{name}: it is encrypted"))
    well, detail, advice = await queue()
    assert (well, advice) == (True, "")
    assert "2 failed" in detail
    assert "2 of the failed are files that could not be read" in detail
    _, _, task = await upload(records, base, "tea.md")
    await records.queue.settle(await records.claim(task), Failed("an internal fault"))
    well, detail, advice = await queue()
    assert (well, "3 failed" in detail, "2 of the failed" in detail) == (False, True, True)
    assert "the log" in advice


async def test_files_of_a_base_by_kind_and_page(records: Records) -> None:
    base, other = await new_base(records), await new_base(records)
    documents = [(await upload(records, base, f"{i}.pdf", digest=f"{i:064x}"))[1].id for i in range(3)]
    skill = (await upload(records, base, "SKILL.md", kind=FileKind.SKILL))[1].id
    await upload(records, other, "x.pdf")

    async def page(kind: FileKind | None, offset: int, limit: int) -> tuple[int, list[FileId]]:
        found = await records.files.files_of_base(base.id, kind=kind, offset=offset, limit=limit)
        return found.total, [record.file.id for record in found.files]

    newest_first = documents[::-1]
    assert await page(None, 0, 9) == (4, [skill, *newest_first])
    assert await page(FileKind.DOCUMENT, 1, 1) == (3, newest_first[1:2])
    assert await page(FileKind.SKILL, 0, 9) == (1, [skill])
    assert await page(None, 9, 9) == (4, [])


async def test_what_is_learnt_of_a_file_is_kept(records: Records) -> None:
    base = await new_base(records)
    taken, file, _ = await upload(records, base, "file", digest="")
    learnt = replace(file, name="a.pdf", size=99, digest=B, problem="it is damaged")
    await records.files.update_file(learnt)
    assert await records.files.files_of_batch(taken.id) == [learnt]


async def test_edits_that_go_on_leave_the_task_running(records: Records) -> None:
    base = await new_base(records)
    taken, file, task = await upload(records, base, "a.pdf")
    claimed = await records.claim(task)
    add = Add(memory_id(), content("limits", sources=taken.messages, kind=Kind.PASSAGE))
    rows = {add.id: vectors(unit(0))}
    await records.queue.note(claimed, "half of it")
    assert await records.storage.apply(Edit(claimed, taken, (add,), rows, MODEL, MORNING, goes_on=True))
    assert await records.found("text", question("limits", reach=reach(base))) == [add.id]
    [record] = await records.files.files_named([file.id])
    assert (record.state, record.reason) == (State.RUNNING, "half of it")
    assert await records.queue.settle(claimed, Done())
    await records.queue.note(claimed, "too late")
    [record] = await records.files.files_named([file.id])
    assert (record.state, record.reason) == (State.DONE, "")


async def test_nothing_of_a_base_is_found_unless_it_is_in_reach(records: Records) -> None:
    base, other = await new_base(records), await new_base(records)
    taken, _, task = await upload(records, base, "a.pdf")
    [passage] = await read(records, taken, task, "limits of software")
    assert await records.found_anywhere(question("limits", reach=reach(base))) == {passage}
    everything_else = (Reach(Owner.user("ann")), Reach(Owner.user("")), Reach(Owner.public()), *reach(other))
    assert await records.found_anywhere(question("limits", reach=everything_else)) == set()
    assert await records.found_anywhere(question("limits", reach=reach(base), project=OTHER_PROJECT)) == set()


async def test_a_deleted_file_takes_along_what_was_made_of_it(records: Records) -> None:
    base = await new_base(records)
    taken, file, task = await upload(records, base, "a.pdf")
    made = await read(records, taken, task, "limits of software", "limits of hardware")
    kept_batch, kept_file, kept_task = await upload(records, base, "b.pdf", digest=B)
    [kept] = await read(records, kept_batch, kept_task, "limits of travel")
    await records.files.erase_files([file.id], by=KEY)
    assert await records.found_anywhere(question("limits", reach=reach(base))) == {kept}
    for each in made:
        [receipt] = await records.storage.history(PROJECT, each)
        assert (receipt.action, receipt.cause) == (Action.DELETED, KEY)
    assert await records.files.files_named([file.id]) == []
    assert await records.storage.batch(taken.id) is None
    assert await records.queue.record(PROJECT, task.id) is None
    assert [r.file for r in await records.files.files_named([kept_file.id])] == [kept_file]


async def test_a_file_deleted_while_it_is_read_leaves_nothing(records: Records) -> None:
    base = await new_base(records)
    taken, file, task = await upload(records, base, "a.pdf")
    claimed = await records.claim(task)
    await records.files.erase_files([file.id])
    add = Add(memory_id(), content("limits", sources=taken.messages))
    assert not await records.apply(claimed, taken, add)
    assert await records.found_anywhere(question("limits", reach=reach(base))) == set()


async def test_a_content_is_loose_when_the_last_file_that_has_it_is_gone(records: Records) -> None:
    base = await new_base(records)
    first, second = [(await upload(records, base, name))[1].id for name in ("a.pdf", "the same.pdf")]
    foreign = await new_base(records, project=OTHER_PROJECT)
    await upload(records, foreign, "a.pdf")
    await records.files.erase_files([first])
    assert await records.files.loose_blobs(limit=9) == []
    await records.files.erase_files([second])
    assert await records.files.loose_blobs(limit=9) == [(PROJECT, A)], "another project's is its own"
    await upload(records, base, "again.pdf")
    assert await records.files.has_content(PROJECT, A), "wanted again"
    assert await records.files.loose_blobs(limit=9) == []
    assert not await records.files.has_content(PROJECT, B)


async def arriving(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def lies(engine: Engine, content: bytes) -> bool:
    try:
        async with engine.blobs.reading(PROJECT, sha256(content).hexdigest()):
            return True
    except NotFound:
        return False


async def put(engine: Engine, content: bytes) -> str:
    """Keep a content for no file; its digest."""
    async with engine.blobs.stage(arriving(content), limit=99) as staged, engine.blobs.changing:
        await engine.blobs.keep(PROJECT, staged)
        return staged.digest


async def test_a_content_is_loose_until_a_file_has_it(records: Records, engine: Engine) -> None:
    """Whoever is stopped between the two leaves what the next one tidies up."""
    base = await new_base(records)
    digest = await put(engine, b"secret")
    assert await records.files.loose_blobs(limit=9) == [(PROJECT, digest)]
    _, file, _ = await upload(records, base, "a.txt", digest="")
    learnt = replace(file, digest=digest)
    assert await records.files.update_file(learnt)
    assert await records.files.loose_blobs(limit=9) == []
    await put(engine, b"secret")
    await Shelf(engine.storage, engine.files, engine.blobs).tidy()
    assert await lies(engine, b"secret"), "a file has it already"
    await records.files.erase_files([file.id])
    assert not await records.files.update_file(learnt), "it is gone"
    assert await records.files.loose_blobs(limit=9) == [(PROJECT, digest)]
    await Shelf(engine.storage, engine.files, engine.blobs).tidy()
    assert not await lies(engine, b"secret")
    assert await records.files.loose_blobs(limit=9) == []


async def test_a_file_deleted_while_it_is_fetched_leaves_no_content(records: Records, engine: Engine) -> None:
    shelf, base = Shelf(engine.storage, engine.files, engine.blobs), await new_base(records)
    [file] = await shelf.upload(base, [Incoming("a.txt", FileKind.DOCUMENT, url="http://x/a.txt")], at=MORNING)
    await shelf.erase_files([file.id], by=BY_REQUEST)
    await shelf.fetched(file, arriving(b"secret"), name="a.txt")
    assert not await lies(engine, b"secret")


async def test_a_content_that_could_not_be_dropped_is_dropped_later(
    records: Records, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(project: ProjectId, digest: str) -> None:
        raise StorageUnavailable("the disk fails")

    shelf, base = Shelf(engine.storage, engine.files, engine.blobs), await new_base(records)
    [file] = await shelf.upload(base, [Incoming("a.txt", FileKind.DOCUMENT, arriving(b"secret"))], at=MORNING)
    with monkeypatch.context() as patched:
        patched.setattr(engine.blobs, "drop", fail)
        with pytest.raises(StorageUnavailable):
            await shelf.erase_files([file.id], by=BY_REQUEST)
    assert await lies(engine, b"secret")
    await shelf.tidy()
    assert not await lies(engine, b"secret")


async def test_compacting_removes_contents_that_nothing_leads_to(records: Records, engine: Engine) -> None:
    """As earlier versions left them, listed nowhere."""
    shelf, base = Shelf(engine.storage, engine.files, engine.blobs), await new_base(records)
    await shelf.upload(base, [Incoming("a.txt", FileKind.DOCUMENT, arriving(b"kept"))], at=MORNING)
    await engine.files.forget_blob(PROJECT, await put(engine, b"secret"))
    await shelf.tidy()
    assert await lies(engine, b"secret")
    await engine.compact(lambda _: None)
    assert [await lies(engine, content) for content in (b"secret", b"kept")] == [False, True]


async def test_a_deleted_base_is_gone_at_once_and_its_memories_after_it(records: Records) -> None:
    base, other = await new_base(records), await new_base(records)
    taken, file, task = await upload(records, base, "a.pdf")
    made = await read(records, taken, task, "limits of software", "limits of hardware")
    kept_batch, _, kept_task = await upload(records, other, "b.pdf", digest=B)
    [kept] = await read(records, kept_batch, kept_task, "limits of travel")
    said = batch("our limits", owner=Owner.base(base.id))
    await records.learn(said, Add(memory_id(), content("limits of talk", sources=said.messages)))
    await records.files.erase_base(base.id)
    assert await records.files.bases(PROJECT) == [other]
    assert await records.files.files_named([file.id]) == []
    assert [await records.files.erase_orphans(limit=2) for _ in range(3)] == [2, 1, 0]
    for each in made:
        assert [event.action for event in await records.storage.history(PROJECT, each)] == [Action.DELETED]
    both = (*reach(base), *reach(other))
    assert await records.found_anywhere(question("limits", reach=both)) == {kept}
    assert await records.files.loose_blobs(limit=9) == [(PROJECT, A)]
    again = await records.storage.batch(said.id)
    assert again is not None, "what users said stays theirs"
    assert again.messages == said.messages


async def test_nothing_is_written_into_a_base_that_was_deleted(records: Records) -> None:
    base = await new_base(records)
    said = batch("our limits", owner=Owner.base(base.id))
    task = await records.claim(await records.accept(said))
    await records.files.erase_base(base.id)
    add = Add(memory_id(), content("limits", sources=said.messages))
    assert not await records.storage.draft(said, [add], task=task)
    assert await records.apply(task, said, add)
    record = await records.queue.record(PROJECT, task.id)
    assert record is not None
    assert (record.state, record.reason) == (State.DONE, "the knowledge base was deleted")
    assert await records.found_anywhere(question("limits", reach=reach(base))) == set()


async def test_a_deleted_user_takes_along_the_files_of_the_talk(records: Records) -> None:
    said = batch("see this")
    file = File(FileId("file_1"), PROJECT, said.messages[0].id, FileKind.IMAGE, "cat.png", 7, A, MORNING)
    task = Task(TaskId("task_of_files"), PROJECT, Study(said.id), f"{PROJECT}/{said.owner}")
    await records.storage.accept(said, task=task, files=[file])
    assert await records.files.files_of_batch(said.id) == [file]
    assert await records.files.files_named([file.id]) == [], "no file of a base"
    await records.files.erase_files([file.id])
    assert await records.files.files_of_batch(said.id) == [file], "nor can it be deleted as one"
    await records.storage.erase_user(PROJECT, "ann")
    assert await records.files.files_of_batch(said.id) == []
    assert await records.files.loose_blobs(limit=9) == [(PROJECT, A)]


@pytest.mark.parametrize("count", [0, 1])
async def test_a_batch_that_has_files_says_so_in_its_tasks_record(records: Records, count: int) -> None:
    base = await new_base(records)
    if count:
        _, _, task = await upload(records, base, "a.pdf")
    else:
        task = await records.accept(batch("no files"))
    record = await records.queue.record(PROJECT, task.id)
    assert record is not None
    assert record.of_files == bool(count)
