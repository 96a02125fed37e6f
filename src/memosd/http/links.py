"""Links to skills that need no key: they say until when they hold, and are signed."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from memosd.domain.errors import Forbidden
from memosd.ports.index import Clock

PATH = "/skills/{id}"


@dataclass(frozen=True, slots=True)
class SkillLinks:
    """base: the server's URL as clients see it. secret: 32 bytes that only this server knows. lasts: how long a link
    holds."""

    base: str
    secret: bytes
    clock: Clock
    lasts: timedelta = timedelta(hours=1)

    def to(self, project: str, memory: str) -> str:
        expires = str(int((self.clock() + self.lasts).timestamp()))
        query = {"project": project, "expires": expires, "signature": self._signature(project, memory, expires)}
        return f"{self.base.rstrip('/')}{PATH.format(id=memory)}?{urlencode(query)}"

    def check(self, project: str, memory: str, expires: str, signature: str) -> None:
        """Raises `Forbidden` for a link that we have not made, or that holds no longer."""
        if not hmac.compare_digest(self._signature(project, memory, expires).encode(), signature.encode()):
            raise Forbidden("this link was not made by this server")
        if self.clock() >= datetime.fromtimestamp(int(expires), self.clock().tzinfo):
            raise Forbidden("this link has expired; a search gives a new one")

    def _signature(self, project: str, memory: str, expires: str) -> str:
        told = "\n".join((project, memory, expires)).encode()
        return hmac.new(self.secret, told, hashlib.sha256).hexdigest()
