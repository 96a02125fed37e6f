"""The only module that knows every other: what each setting means in parts, and how the parts are joined."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import uvicorn
from threadpoolctl import threadpool_limits

from memosd.domain.access import Project, api_key, digest, new_secret
from memosd.domain.errors import Invalid, MemosdError, NotFound
from memosd.domain.history import Event
from memosd.domain.ids import MemoryId, ProjectId, new_id
from memosd.domain.search import Query, Recollection
from memosd.domain.tasks import Remember, Task
from memosd.domain.usage import DayUsage
from memosd.engines.sqlite import SqliteEngine
from memosd.extraction.by_model import ModelReader
from memosd.extraction.local import LocalExtractor
from memosd.extraction.resolve import LocalResolver
from memosd.flows.accept import Accept
from memosd.flows.amend import AmendMemory
from memosd.flows.chat import Chat
from memosd.flows.extract import Extract
from memosd.flows.feedback import AcceptFeedback, GiveFeedback
from memosd.flows.recall import Recall
from memosd.flows.reembed import Embedders, ReembedAll, progress, settle_embedders
from memosd.flows.remember import RememberBatch
from memosd.flows.rerank import Rerank
from memosd.flows.study import StudyBatch
from memosd.http import logs
from memosd.http.app import create_app
from memosd.http.services import Services
from memosd.jobs import by_job
from memosd.language.tokens import count_tokens
from memosd.library import Library
from memosd.models import Models, find_way, open_embedders, open_models
from memosd.outside import beside
from memosd.ports.archive import KeyRecord, Parts, ProjectRecord, Record
from memosd.ports.index import Index
from memosd.ports.models import Embedder
from memosd.ports.storage import Finding, KeyStore, Progress
from memosd.settings import Settings
from memosd.wire.archive import kind_of, read_lines, write_lines
from memosd.worker import Worker

log = logging.getLogger(__name__)

SWITCH = 0.0005
"""Seconds that one thread may keep others waiting for the interpreter: an answer must not wait for extraction."""
GRACE = 10
"""Seconds that requests under way get to be answered when the server is told to stop."""
DEFAULT_PROJECT = "default"
STUCK = timedelta(minutes=10)
"""A task that has waited longer than this means that the queue does not move."""


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Server:
    """A whole memosd in one process: what answers requests, and what works behind it."""

    services: Services
    worker: Worker
    tend: Sequence[Callable[[], Awaitable[None]]]
    """What keeps the indexes beside the records in step, and what is found out at start."""


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[Server]:
    """Open the data directory and load the embedder; on leaving, let go of both."""
    engine = SqliteEngine.open(settings.data_dir, vector_bytes=settings.vector_cache_mb << 20)
    try:
        models = open_models(settings)
        async with models.opened as opened:
            embedders, bundled = await open_embedders(settings, await engine.embeddings.active(), opened)
            await settle_embedders(engine.embeddings, engine.queue, embedders)
            await _first_key(engine.keys, settings)
            server = _join(settings, engine, models, embedders, bundled)
            await server.services.shelf.tidy()
            yield server
    finally:
        await engine.close()


def _join(settings: Settings, engine: SqliteEngine, models: Models, embedders: Embedders, bundled: Embedder) -> Server:
    """bundled: what reads statements in extraction, whatever embedder memories have."""
    extractor = LocalExtractor(bundled)
    indexes, tend = _indexes(settings, engine, embedders.wanted.passages)
    [neighbours] = [index for index in indexes if index.name == "vector"]
    reader = None
    if models.extraction is not None:
        reader = ModelReader(models.extraction, engine.ledger, now, settings.model_budget)
    reembed = ReembedAll(engine.embeddings, embedders)

    # A search, or a task, has one embedder from its beginning to its end.
    remembering: dict[str, RememberBatch] = {}

    def remember() -> RememberBatch:
        serving = embedders.serving.passages
        if serving.model not in remembering:
            remembering[serving.model] = RememberBatch(
                engine.storage, extractor, LocalResolver(), serving, neighbours, now, reader
            )
        return remembering[serving.model]

    async def recall(query: Query) -> Recollection:
        return await Recall(engine.storage, indexes, engine.statistics, embedders.serving.queries, now)(query)

    library = Library.open(settings, engine, models.vision, now)

    def study() -> StudyBatch:
        return library.study(embedders.serving.passages, remember())

    def correct() -> GiveFeedback:
        return GiveFeedback(engine.storage, extractor, LocalResolver(), embedders.serving.passages, indexes, now)

    async def prepare(task: Task) -> None:
        if isinstance(task.job, Remember):
            await remember().prepare(task)

    async def ready() -> list[Finding]:
        return await _ready(engine, embedders)

    accept = Accept(engine.storage, extractor, library.shelf)
    services = Services(
        storage=engine.storage,
        queue=engine.queue,
        keys=engine.keys,
        ledger=engine.ledger,
        clock=now,
        files=engine.files,
        shelf=library.shelf,
        skill_links=library.links,
        accept=accept,
        correct=AcceptFeedback(engine.storage),
        settled=accept.settled,
        amend=AmendMemory(engine.storage, lambda: embedders.serving.passages, now),
        recall=recall,
        chat=Chat(models.chat, engine.storage, recall, accept, engine.ledger, now, settings.model_budget),
        extract=Extract(extractor, reader),
        rerank=Rerank(lambda: embedders.serving.queries, models.reranker, engine.ledger, count_tokens, now),
        ready=ready,
        count_tokens=count_tokens,
        limits=settings.limits(),
    )
    worker = Worker(
        engine.queue,
        by_job(reembed, study, correct, remember),
        prepare=prepare,
        concurrency=settings.workers,
        lease=timedelta(seconds=settings.task_lease_seconds),
        attempts=settings.task_attempts,
    )
    return Server(services, worker, (*tend, lambda: find_way(models)))


def _indexes(
    settings: Settings, engine: SqliteEngine, embedder: Embedder
) -> tuple[tuple[Index, ...], Sequence[Callable[[], Awaitable[None]]]]:
    """The engine's indexes, or what stands before them, and what must run for as long as they are searched."""
    wanted = beside(settings, engine, embedder)
    indexes: dict[str, Index] = {index.name: index for index in (*engine.indexes, *wanted)}
    return tuple(indexes.values()), [index.tend for index in wanted]


async def _first_key(keys: KeyStore, settings: Settings) -> None:
    """At the first start make the default project with a key, which is shown this once; set up `MEMOSD_API_KEY`."""
    projects = await keys.projects()
    default = next((p for p in projects if p.name == DEFAULT_PROJECT), None)
    if default is None:
        default = Project(ProjectId(new_id("proj")), DEFAULT_PROJECT, now())
        await keys.create_project(default)
    if settings.api_key is not None:
        secret = settings.api_key.get_secret_value()
        if await keys.key_by_digest(digest(secret)) is None:
            key = api_key(default.id, secret, name="MEMOSD_API_KEY", created_at=now())
            await keys.create_key(key, digest=digest(secret))
    elif not projects:
        secret = new_secret()
        await keys.create_key(api_key(default.id, secret, name="first key", created_at=now()), digest=digest(secret))
        print(f"\nThe API key of the project '{DEFAULT_PROJECT}', shown only this once:\n\n    {secret}\n", flush=True)


async def _ready(engine: SqliteEngine, embedders: Embedders) -> list[Finding]:
    findings = []
    try:
        backlog = await engine.queue.backlog()
    except MemosdError as error:
        findings.append(Finding("database", well=False, detail=str(error)))
    else:
        stuck = backlog.oldest_waiting is not None and now() - backlog.oldest_waiting > STUCK
        detail = f"{backlog.waiting} waiting, {backlog.running} running, {backlog.failed} failed"
        findings.append(Finding("database", well=True, detail="open"))
        findings.append(Finding("queue", well=not stuck, detail=detail, advice="see the log" if stuck else ""))
        findings.append(await progress(engine.embeddings, wanted=embedders.wanted.queries.model))
    embedder = embedders.serving.queries
    try:
        await embedder.embed(["ready?"], purpose="query")
    except MemosdError as error:
        findings.append(Finding("embedder", well=False, detail=str(error)))
    else:
        findings.append(Finding("embedder", well=True, detail=embedder.model))
    return findings


def serve(settings: Settings) -> None:
    """Run the server until it is told to stop (SIGINT, SIGTERM). Requests under way are answered first."""
    logs.configure(settings.log_level)
    # uvicorn sends itself the signal again once it has answered: that must then end this process in order, not at once.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.setswitchinterval(SWITCH)
    with threadpool_limits(1, "blas"), asyncio.Runner(loop_factory=_event_loop) as runner:
        runner.run(_serve(settings))


def _event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, which is faster; there is none for Windows."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _serve(settings: Settings) -> None:
    async with open_server(settings) as server:
        config = uvicorn.Config(
            create_app(server.services),
            host=settings.host,
            port=settings.port,
            lifespan="off",
            log_config=None,
            access_log=False,
            limit_concurrency=settings.max_connections,
            timeout_graceful_shutdown=GRACE,
            server_header=False,
        )
        # If either ends by an error, so does the other: a server whose worker is dead would take in and never refine.
        async with asyncio.TaskGroup() as group:
            behind = [group.create_task(_forever(run)) for run in (server.worker.run, *server.tend)]
            await uvicorn.Server(config).serve()
            for each in behind:
                each.cancel()


async def _forever(run: Callable[[], Awaitable[None]]) -> None:
    await run()


@asynccontextmanager
async def open_keys(settings: Settings) -> AsyncIterator[KeyStore]:
    """The key store alone; a server may be running on the same directory."""
    engine = SqliteEngine.open(settings.data_dir, exclusive=False)
    try:
        yield engine.keys
    finally:
        await engine.close()


async def doctor(settings: Settings) -> list[Finding]:
    """All that can be checked of a data directory while no server runs on it."""
    engine = SqliteEngine.open(settings.data_dir, vector_bytes=settings.vector_cache_mb << 20)
    try:
        findings = await engine.findings()
        async with AsyncExitStack() as opened:
            try:
                embedders, _ = await open_embedders(settings, await engine.embeddings.active(), opened)
                wanted = embedders.wanted.queries
                await wanted.embed(["ready?"], purpose="query")
            except MemosdError as error:
                return [*findings, Finding("embedder", well=False, detail=str(error), advice="see docs/models.md")]
            for index in beside(settings, engine, embedders.wanted.passages):
                findings += await index.findings()
            findings.append(await progress(engine.embeddings, wanted=wanted.model))
            detail = f"{wanted.model}, {wanted.dimensions} dimensions"
            return [*findings, Finding("embedder", well=True, detail=detail)]
    finally:
        await engine.close()


async def reindex(settings: Settings, show: Callable[[Progress], None], *, compact: bool = False) -> None:
    """Build every index anew from the records: the terms and vectors of all live memories, then what rests on them.

    compact: and write the database anew, so that nothing of what was deleted is left in any file.
    """
    engine = SqliteEngine.open(settings.data_dir, vector_bytes=settings.vector_cache_mb << 20)
    try:
        for index in engine.indexes:
            await engine.rebuild(index.name, show)
        if compact:
            await engine.database.compact()
        async with AsyncExitStack() as opened:
            embedders, _ = await open_embedders(settings, await engine.embeddings.active(), opened)
            for index in beside(settings, engine, embedders.wanted.passages):
                await index.rebuild(show)
    finally:
        await engine.close()


async def usage(
    settings: Settings, *, since: date, project: str | None
) -> tuple[Sequence[DayUsage], dict[ProjectId, str]]:
    """What models took since a day, of one project (its name or id) or of all; and the projects' names.

    Raises `NotFound` if there is no such project.
    """
    engine = SqliteEngine.open(settings.data_dir, exclusive=False)
    try:
        names = {each.id: each.name for each in await engine.keys.projects()}
        asked = next((each for each, name in names.items() if project in (each, name)), None)
        if project is not None and asked is None:
            raise NotFound(f"there is no project '{project}'; see `memosd projects list`")
        return await engine.ledger.by_day(since=since, project=asked), names
    finally:
        await engine.close()


async def export_project(settings: Settings, name_or_id: str, parts: Parts, write: Callable[[bytes], object]) -> None:
    """Everything of a project as lines, while a server may be running. Raises `NotFound`."""
    engine = SqliteEngine.open(settings.data_dir, exclusive=False)
    try:
        project = (await _project(engine.keys, name_or_id)).id
        async for lines in write_lines(engine.archive.dump(project, parts=parts)):
            write(lines)
    finally:
        await engine.close()


async def history(settings: Settings, name_or_id: str, memory: str) -> tuple[list[Event], dict[int, str]]:
    """What happened to a memory, and what each version of it says, while a server may be running."""
    engine = SqliteEngine.open(settings.data_dir, exclusive=False)
    try:
        project = await _project(engine.keys, name_or_id)
        versions = await engine.storage.versions(project.id, MemoryId(memory))
        return await engine.storage.history(project.id, memory), {v.version: v.content.value for v in versions}
    finally:
        await engine.close()


async def _project(keys: KeyStore, name_or_id: str) -> Project:
    for project in await keys.projects():
        if name_or_id in (project.name, project.id):
            return project
    raise NotFound(f"there is no project '{name_or_id}'; see `memosd projects list`")


async def import_project(settings: Settings, lines: Iterable[bytes], *, name: str | None = None) -> dict[str, int]:
    """Load a project from lines; how many records of each kind were read.

    The project itself and its keys come last: until then nobody can see what is there. Raises `Invalid` if the lines
    are no whole archive, or if there is another project of that name or the project itself.
    """
    engine = SqliteEngine.open(settings.data_dir, vector_bytes=settings.vector_cache_mb << 20)
    try:
        projects = await engine.keys.projects()
        last: list[Record] = []
        counts: dict[str, int] = {}
        for chunk in read_lines(lines):
            held = [_renamed(r, name) for r in chunk if isinstance(r, ProjectRecord | KeyRecord)]
            for record in held:
                if isinstance(record, ProjectRecord):
                    _check_new(record.project, projects)
            last += held
            await engine.archive.load([r for r in chunk if not isinstance(r, ProjectRecord | KeyRecord)])
            for each in chunk:
                kind = kind_of(type(each))
                counts[kind] = counts.get(kind, 0) + 1
        await engine.archive.load(last)
    finally:
        await engine.close()
    return counts


def _renamed(record: Record, name: str | None) -> Record:
    if name is None or not isinstance(record, ProjectRecord):
        return record
    return ProjectRecord(replace(record.project, name=name))


def _check_new(project: Project, projects: Sequence[Project]) -> None:
    if any(project.id == other.id for other in projects):
        raise Invalid(f"the project {project.id} is already here, as '{_name_of(project, projects)}'")
    if any(project.name == other.name for other in projects):
        raise Invalid(f"there is another project named '{project.name}'; give this one another name with --as")


def _name_of(project: Project, projects: Sequence[Project]) -> str:
    return next(other.name for other in projects if other.id == project.id)
