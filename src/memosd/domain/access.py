"""Projects and their API keys."""

from dataclasses import dataclass
from datetime import datetime

from memosd.domain.ids import KeyId, ProjectId


@dataclass(frozen=True, slots=True)
class Project:
    id: ProjectId
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as recorded: only its SHA-256 is kept. `hint` is its last four characters, to tell keys apart."""

    id: KeyId
    project: ProjectId
    name: str
    hint: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
