"""What is done to a database besides serving it: keys, checks, indexes made anew, accounts, moving a project."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import date

from memosd.domain.access import Project
from memosd.domain.errors import Invalid, MemosdError, NotFound
from memosd.domain.history import Event
from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.usage import DayUsage
from memosd.flows.contents import ContentLoader, with_contents
from memosd.flows.reembed import progress
from memosd.models import open_embedders
from memosd.outside import beside, open_engine
from memosd.ports.archive import ContentRecord, KeyRecord, Parts, ProjectRecord, Record
from memosd.ports.storage import Finding, KeyStore, Progress
from memosd.settings import Settings
from memosd.wire.archive import kind_of, read_lines, write_lines


@asynccontextmanager
async def open_keys(settings: Settings) -> AsyncIterator[KeyStore]:
    """The key store alone; a server may be running on the same directory."""
    async with open_engine(settings, exclusive=False) as engine:
        yield engine.keys


async def doctor(settings: Settings) -> list[Finding]:
    """All that can be checked of the database; of a data directory, while no server runs on it."""
    async with open_engine(settings) as engine:
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


async def reindex(settings: Settings, show: Callable[[Progress], None], *, compact: bool = False) -> None:
    """Build every index anew from the records: the terms and vectors of all live memories, then what rests on them.

    compact: and write the database anew, so that nothing of what was deleted is left in any file.
    """
    async with open_engine(settings) as engine:
        if compact:
            await engine.compact(show)
        else:
            for index in engine.indexes:
                await engine.rebuild(index.name, show)
        async with AsyncExitStack() as opened:
            embedders, _ = await open_embedders(settings, await engine.embeddings.active(), opened)
            for index in beside(settings, engine, embedders.wanted.passages):
                await index.rebuild(show)


async def usage(
    settings: Settings, *, since: date, project: str | None
) -> tuple[Sequence[DayUsage], dict[ProjectId, str]]:
    """What models took since a day, of one project (its name or id) or of all; and the projects' names.

    Raises `NotFound` if there is no such project.
    """
    async with open_engine(settings, exclusive=False) as engine:
        names = {each.id: each.name for each in await engine.keys.projects()}
        asked = next((each for each, name in names.items() if project in (each, name)), None)
        if project is not None and asked is None:
            raise NotFound(f"there is no project '{project}'; see `memosd projects list`")
        return await engine.ledger.by_day(since=since, project=asked), names


async def export_project(settings: Settings, name_or_id: str, parts: Parts, write: Callable[[bytes], object]) -> None:
    """Everything of a project as lines, while a server may be running. Raises `NotFound`."""
    async with open_engine(settings, exclusive=False) as engine:
        project = (await find_project(engine.keys, name_or_id)).id
        records = engine.archive.dump(project, parts=parts)
        async for lines in write_lines(with_contents(records, engine.blobs) if parts.contents else records):
            write(lines)


async def history(settings: Settings, name_or_id: str, memory: str) -> tuple[list[Event], dict[int, str]]:
    """What happened to a memory, and what each version of it says, while a server may be running."""
    async with open_engine(settings, exclusive=False) as engine:
        project = await find_project(engine.keys, name_or_id)
        versions = await engine.storage.versions(project.id, MemoryId(memory))
        return await engine.storage.history(project.id, memory), {v.version: v.content.value for v in versions}


async def find_project(keys: KeyStore, name_or_id: str) -> Project:
    for project in await keys.projects():
        if name_or_id in (project.name, project.id):
            return project
    raise NotFound(f"there is no project '{name_or_id}'; see `memosd projects list`")


async def import_project(settings: Settings, lines: Iterable[bytes], *, name: str | None = None) -> dict[str, int]:
    """Load a project from lines; how many records of each kind were read.

    The project itself and its keys come last: until then nobody can see what is there. Raises `Invalid` if the lines
    are no whole archive of one project, or if there is another project of that name or the project itself.
    """
    async with open_engine(settings) as engine:
        projects = await engine.keys.projects()
        last: list[Record] = []
        counts: Counter[str] = Counter()
        with ContentLoader(engine.blobs) as contents:
            for chunk in read_lines(lines):
                records = [r for r in chunk if not isinstance(r, ProjectRecord | KeyRecord | ContentRecord)]
                held = [_renamed(r, name) for r in chunk if isinstance(r, ProjectRecord | KeyRecord)]
                for record in held:
                    if isinstance(record, ProjectRecord):
                        _check_new(record.project, projects)
                last += held
                await engine.archive.load(records, project=_whose(last[0]))
                for each in chunk:
                    if isinstance(each, ContentRecord):
                        await contents.take(each)
                counts.update(kind_of(type(each)) for each in chunk)
        await engine.archive.load(last, project=_whose(last[0]))
    return counts


def _whose(first: Record) -> ProjectId:
    assert isinstance(first, ProjectRecord)  # no archive begins with anything else
    return first.project.id


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
