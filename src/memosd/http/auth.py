"""Whose request it is."""

import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from memosd.domain.access import ApiKey, digest
from memosd.domain.errors import Unauthorized, WrongKey
from memosd.domain.history import Cause, CauseKind
from memosd.domain.ids import ProjectId
from memosd.ports.index import Clock
from memosd.ports.storage import BY_REQUEST, KeyStore

acting: ContextVar[Cause] = ContextVar("acting", default=BY_REQUEST)
"""The key by which the request that is being served was let in, as the cause of what it changes."""
REMEMBERED_SECONDS = 1.0
MAX_REMEMBERED = 1_024
_HEADER = re.compile(r"(?:token|bearer)\s+(\S+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Remembered:
    key: ApiKey
    until: float


class Authenticator:
    """Finds the project of an API key.

    A key is looked up by its SHA-256, so the time a look-up takes says nothing about a key's beginning. A usable key is
    remembered for one second: a busy client then costs one look-up a second, and a key revoked by another process
    stops working within that second. A wrong key is not remembered: a new one works at once. Expiry is always checked.
    """

    def __init__(self, keys: KeyStore, clock: Clock, *, tick: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._clock = clock
        self._tick = tick
        self._remembered: dict[bytes, _Remembered] = {}

    async def project(self, authorization: bytes | None) -> ProjectId:
        """Raises `Unauthorized` without a key, `WrongKey` if it is unknown, revoked or expired."""
        match = _HEADER.fullmatch((authorization or b"").decode("latin-1"))
        if match is None:
            raise Unauthorized("no API key was given: send the header 'Authorization: Token <API key>'")
        key = await self._key(digest(match[1]))
        if key is None or not key.usable(self._clock()):
            raise WrongKey("the API key is wrong, revoked or expired")
        acting.set(Cause(CauseKind.KEY, key.id))
        return key.project

    async def _key(self, wanted: bytes) -> ApiKey | None:
        now = self._tick()
        known = self._remembered.get(wanted)
        if known is not None and now < known.until:
            return known.key
        key = await self._keys.key_by_digest(wanted)
        if key is None or key.revoked_at is not None:
            self._remembered.pop(wanted, None)
            return key
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[wanted] = _Remembered(key, now + REMEMBERED_SECONDS)
        return key
