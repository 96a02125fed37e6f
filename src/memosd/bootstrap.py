"""The server: what each setting means in parts, how the parts are joined, and how they run."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import uvicorn

from memosd import process
from memosd.domain.access import DEFAULT_PROJECT, Project, api_key, digest, new_secret
from memosd.domain.errors import Invalid, MemosdError
from memosd.domain.ids import ProjectId, new_id
from memosd.domain.search import Query, Recollection
from memosd.domain.tasks import Outcome, Reembed, Remember, Task
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
from memosd.http.serving import DrainingServer
from memosd.jobs import by_job
from memosd.language.tokens import count_tokens
from memosd.library import Library
from memosd.models import Models, find_way, open_embedders, open_models
from memosd.outside import beside, open_engine
from memosd.ports.engine import Engine
from memosd.ports.index import Index
from memosd.ports.models import Embedder
from memosd.ports.storage import Finding, KeyStore
from memosd.settings import Settings
from memosd.worker import Worker

log = logging.getLogger(__name__)

GRACE = 10
"""Seconds that requests under way get to be answered when the server is told to stop."""
TENDED_FIRST, TENDED_SECONDS = 1.0, 600.0
"""Seconds after which what grows is seen to for the second time, and at the most: an empty database grows fastest."""
WANTED_SECONDS = 30.0
"""Seconds after which a change of embedder that is not complete is asked for again, if nobody is at it."""
STUCK = timedelta(minutes=10)
"""A task that has waited longer than this means that the queue does not move."""


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Server:
    """A whole memosd in one process: what answers requests, and what works behind it."""

    services: Services
    worker: Worker
    engine: Engine
    tend: Sequence[Callable[[], Awaitable[None]]]
    """What keeps the indexes beside the records in step, and what is found out at start."""


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[Server]:
    """Open the database and load the embedder; on leaving, let go of both."""
    async with open_engine(settings) as engine:
        models = open_models(settings)
        async with models.opened as opened:
            embedders, bundled = await open_embedders(settings, await engine.embeddings.active(), opened)
            await settle_embedders(engine.embeddings, engine.queue, embedders)
            await _first_key(engine.keys, settings)
            server = await _join(settings, engine, models, embedders, bundled)
            await server.services.shelf.tidy()
            yield server


async def _join(settings: Settings, engine: Engine, models: Models, embedders: Embedders, bundled: Embedder) -> Server:
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
        await embedders.follow(engine.embeddings)
        return await Recall(engine.storage, indexes, engine.statistics, embedders.serving.queries, now)(query)

    library = await Library.open(settings, engine, models.vision, now)

    def study() -> StudyBatch:
        return library.study(embedders.serving.passages, remember())

    def correct() -> GiveFeedback:
        return GiveFeedback(engine.storage, extractor, LocalResolver(), embedders.serving.passages, indexes, now)

    run = by_job(reembed, study, correct, remember)

    async def work(task: Task) -> Outcome | None:
        if not isinstance(task.job, Reembed):
            await embedders.follow(engine.embeddings)
        return await run(task)

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
        work,
        prepare=prepare,
        concurrency=settings.workers,
        lease=timedelta(seconds=settings.task_lease_seconds),
        attempts=settings.task_attempts,
    )
    return Server(services, worker, engine, (*tend, lambda: find_way(models), lambda: _keep_wanting(engine, embedders)))


async def _keep_wanting(engine: Engine, embedders: Embedders) -> None:
    """Until the embedder set up is the active one: a process with other settings may have taken the work for done."""
    while embedders.next is not None:
        await asyncio.sleep(WANTED_SECONDS)
        try:
            await embedders.follow(engine.embeddings)
            if embedders.next is not None:
                await settle_embedders(engine.embeddings, engine.queue, embedders)
        except MemosdError as error:
            log.warning("whether vectors are made anew could not be seen: %s", error)


def _indexes(
    settings: Settings, engine: Engine, embedder: Embedder
) -> tuple[tuple[Index, ...], Sequence[Callable[[], Awaitable[None]]]]:
    """The engine's indexes, or what stands before them, and what must run for as long as they are searched."""
    wanted = beside(settings, engine, embedder)
    indexes: dict[str, Index] = {index.name: index for index in (*engine.indexes, *wanted)}
    return tuple(indexes.values()), [index.tend for index in wanted]


async def _first_key(keys: KeyStore, settings: Settings) -> None:
    """At the first start make the default project with a key, which is shown this once; set up `MEMOSD_API_KEY`.

    Of several processes that start on an empty database, one makes the project, and shows its key.
    """
    default, made = await _default_project(keys)
    if settings.api_key is not None:
        secret = settings.api_key.get_secret_value()
        if await keys.key_by_digest(digest(secret)) is None:
            key = api_key(default.id, secret, name="MEMOSD_API_KEY", created_at=now())
            try:
                await keys.create_key(key, digest=digest(secret))
            except Invalid:
                if await keys.key_by_digest(digest(secret)) is None:
                    raise
    elif made:
        secret = new_secret()
        await keys.create_key(api_key(default.id, secret, name="first key", created_at=now()), digest=digest(secret))
        print(f"\nThe API key of the project '{DEFAULT_PROJECT}', shown only this once:\n\n    {secret}\n", flush=True)


async def _default_project(keys: KeyStore) -> tuple[Project, bool]:
    """The project, and whether it is the first of all and was made just now."""
    projects = await keys.projects()
    if found := next((p for p in projects if p.name == DEFAULT_PROJECT), None):
        return found, False
    made = Project(ProjectId(new_id("proj")), DEFAULT_PROJECT, now())
    try:
        await keys.create_project(made)
    except Invalid:
        return next(p for p in await keys.projects() if p.name == DEFAULT_PROJECT), False
    return made, not projects


async def _ready(engine: Engine, embedders: Embedders) -> list[Finding]:
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


def serve(settings: Settings, *, work: bool = True) -> None:
    """Run the server until it is told to stop (SIGINT, SIGTERM). Requests under way are answered first.

    work: run tasks, too. Raises `Invalid` if not and nobody else can.
    """
    if not work:
        _need_shared_database(settings, "--no-worker")
    _run(settings, _serve(settings, work=work))


def work(settings: Settings) -> None:
    """Run tasks, and nothing else, until told to stop. Raises `Invalid` without a database that others can write to."""
    _need_shared_database(settings, "memosd worker")
    _run(settings, _work(settings))


def _need_shared_database(settings: Settings, what: str) -> None:
    if settings.database_url is None:
        raise Invalid(f"{what} needs a database that many processes share: set MEMOSD_DATABASE_URL to PostgreSQL's")


def _run(settings: Settings, main: Coroutine[None, None, None]) -> None:
    logs.configure(settings.log_level)
    # uvicorn sends itself the signal again once it has answered: that must then end this process in order, not at once.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    process.run(main)


async def _serve(settings: Settings, *, work: bool) -> None:
    async with open_server(settings) as server:

        async def ready() -> list[Finding]:
            leaving = [Finding("server", well=False, detail="is stopping")] if web.draining else []
            return [*await server.services.ready(), *leaving]

        config = uvicorn.Config(
            create_app(replace(server.services, ready=ready)),
            host=settings.host,
            port=settings.port,
            lifespan="off",
            log_config=None,
            access_log=False,
            limit_concurrency=settings.max_connections,
            timeout_graceful_shutdown=GRACE,
            server_header=False,
        )
        web = DrainingServer(config, drain=settings.drain_seconds)
        # If either ends by an error, so does the other: a server whose worker is dead would take in and never refine.
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(each) for each in (_labour(server) if work else ())]
            await web.serve()
            for each in working:
                each.cancel()


async def _work(settings: Settings) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_server(settings) as server, asyncio.TaskGroup() as group:
        working = [group.create_task(each) for each in _labour(server)]
        log.info("the worker runs")
        await stop.wait()
        for each in working:
            each.cancel()


def _labour(server: Server) -> Iterator[Coroutine[None, None, None]]:
    """What is done behind the API."""
    yield server.worker.run()
    for tend in server.tend:
        yield _forever(tend)
    yield _tend(server.engine)


async def _forever(run: Callable[[], Awaitable[None]]) -> None:
    await run()


async def _tend(engine: Engine) -> None:
    """See to what grows, now and then; what goes wrong today may go well next time."""
    pause = TENDED_FIRST
    while True:
        try:
            for done in await engine.tend():
                log.info("%s", done)
        except MemosdError as error:
            log.warning("what grows could not be seen to: %s", error)
        await asyncio.sleep(pause)
        pause = min(2 * pause, TENDED_SECONDS)
