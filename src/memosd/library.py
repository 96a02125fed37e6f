"""What keeps, fetches and reads files, as the settings ask for it."""

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from memosd.domain.errors import StorageUnavailable
from memosd.engines.blobs import BlobDirectory
from memosd.engines.sqlite import SqliteEngine
from memosd.extraction.by_model.pictures import PictureReader
from memosd.flows.remember import RememberBatch
from memosd.flows.shelf import Shelf
from memosd.flows.study import StudyBatch
from memosd.http.links import SkillLinks
from memosd.parsing.process import ProcessReader
from memosd.ports.documents import Describer
from memosd.ports.index import Clock
from memosd.ports.models import ChatModel, Embedder
from memosd.providers.fetch import SafeFetcher
from memosd.settings import Settings

BLOBS, SECRET = "blobs", "links.key"
"""In the data directory: the contents of files, and what links to skills are signed with."""


@dataclass(frozen=True, slots=True)
class Library:
    engine: SqliteEngine
    shelf: Shelf
    links: SkillLinks
    reader: ProcessReader
    fetcher: SafeFetcher
    describe: Describer | None
    clock: Clock

    @classmethod
    def open(cls, settings: Settings, engine: SqliteEngine, vision: ChatModel | None, clock: Clock) -> Self:
        """Raises `StorageUnavailable` if what links are signed with can be neither read nor made."""
        blobs = BlobDirectory(settings.data_dir / BLOBS)
        lasts = timedelta(seconds=settings.skill_link_seconds)
        return cls(
            engine,
            Shelf(engine.storage, engine.files, blobs, max_file=settings.max_file_mb << 20),
            SkillLinks(settings.clients_see, link_secret(settings.data_dir), clock, lasts),
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


def link_secret(directory: Path) -> bytes:
    """What links are signed with; made at the first start and readable by the server alone."""
    place = directory / SECRET
    try:
        if not place.exists():
            with open(place, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
                out.write(secrets.token_bytes(32))
        return place.read_bytes()
    except OSError as error:
        raise StorageUnavailable(f"{place} cannot be read or written: {error.strerror}") from error
