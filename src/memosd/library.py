"""What keeps, fetches and reads files, as the settings ask for it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from memosd.extraction.by_model.pictures import PictureReader
from memosd.flows.remember import RememberBatch
from memosd.flows.shelf import Shelf
from memosd.flows.study import StudyBatch
from memosd.http.links import SkillLinks
from memosd.parsing.process import ProcessReader
from memosd.ports.documents import Describer
from memosd.ports.engine import Engine
from memosd.ports.index import Clock
from memosd.ports.models import ChatModel, Embedder
from memosd.providers.fetch import SafeFetcher
from memosd.settings import Settings

LINKS = "links"
"""The name of the secret that links to skills are signed with."""


@dataclass(frozen=True, slots=True)
class Library:
    engine: Engine
    shelf: Shelf
    links: SkillLinks
    reader: ProcessReader
    fetcher: SafeFetcher
    describe: Describer | None
    clock: Clock

    @classmethod
    async def open(cls, settings: Settings, engine: Engine, vision: ChatModel | None, clock: Clock) -> Self:
        """Raises `StorageUnavailable` if what links are signed with can be neither read nor made."""
        lasts = timedelta(seconds=settings.skill_link_seconds)
        return cls(
            engine,
            Shelf(engine.storage, engine.files, engine.blobs, max_file=settings.max_file_mb << 20),
            SkillLinks(settings.clients_see, await engine.secret(LINKS), clock, lasts),
            ProcessReader(settings.bounds(), at_once=settings.parsers),
            SafeFetcher(settings.open_hosts, settings.fetch_seconds),
            PictureReader(vision, engine.ledger, clock, settings.model_budget) if vision else None,
            clock,
        )

    def study(self, embedder: Embedder, remember: RememberBatch) -> StudyBatch:
        return StudyBatch(
            self.engine.storage,
            self.engine.queue,
            self.shelf,
            self.reader,
            self.fetcher,
            embedder,
            self.clock,
            remember,
            self.describe,
        )
