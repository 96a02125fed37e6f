"""Projects and their API keys."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from memosd.domain.ids import KeyId, ProjectId, new_id

KEY_PREFIX = "mk_"
HINT_LENGTH = 4
DEFAULT_PROJECT = "default"
"""The name of the project that a new server has."""


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


def new_secret() -> str:
    """A new key as its holder sees it, once: 32 random bytes, safe in URLs and shells."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """SHA-256: what is stored of a key, and what it is found by. A random key needs no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def api_key(
    project: ProjectId, secret: str, *, name: str, created_at: datetime, expires_at: datetime | None = None
) -> ApiKey:
    """The record of a new key; it is stored with `digest(secret)`."""
    return ApiKey(KeyId(new_id("key")), project, name, secret[-HINT_LENGTH:], created_at, expires_at)
