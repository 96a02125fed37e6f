"""One server of models: the SDK's client, and its errors in our words."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import openai

from memosd.domain.errors import ModelRefused
from memosd.providers.openai.gate import Gate, Passing

log = logging.getLogger(__name__)

NO_KEY = "none"
"""What is sent to a server that wants no key; the SDK insists on one."""
_PASSING = frozenset({408, 409, 425, 429})
MAX_TOLD = 300
"""Characters of a server's message that are logged."""

ResultT = TypeVar("ResultT")


@dataclass(slots=True)
class Connection:
    """url: the base, such as `http://127.0.0.1:11434/v1`. timeout: seconds to the end of an answer, or between two
    pieces of a streamed one. settings: the name of what configures it, for messages."""

    url: str
    key: str | None = None
    timeout: float = 60.0
    at_once: int = 8
    attempts: int = 3
    settings: str = "MEMOSD_MODEL_URL"
    gate: Gate = field(init=False)
    client: openai.AsyncOpenAI = field(init=False)

    def __post_init__(self) -> None:
        where = f"the model server at {urlsplit(self.url).netloc} ({self.settings})"
        self.gate = Gate(where, self.at_once, self.attempts)
        self.client = openai.AsyncOpenAI(
            base_url=self.url, api_key=self.key or NO_KEY, admin_api_key="", max_retries=0, timeout=self.timeout
        )
        # What the SDK has read from the environment is meant for another server.
        self.client.organization = self.client.project = None

    async def call(self, request: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """One request, tried again where that may help. Raises `ModelUnavailable`, `ModelRefused`, and lets
        `openai.BadRequestError` and `openai.UnprocessableEntityError` through, for those who can ask in another way."""
        async with self.gate.enter():
            return await self.gate.attempt(lambda: self.once(request))

    async def once(self, request: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """One attempt. Raises as `call`, but `Passing` for what may pass."""
        with self.translated():
            async with asyncio.timeout(self.timeout):
                return await request()

    @contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except (openai.BadRequestError, openai.UnprocessableEntityError):
            raise
        except openai.APIStatusError as error:
            log.warning("%s: HTTP %d: %s", self.gate.where, error.status_code, str(error)[:MAX_TOLD])
            if error.status_code >= 500 or error.status_code in _PASSING:
                raise Passing(f"HTTP {error.status_code}", after=_retry_after(error.response.headers)) from error
            raise ModelRefused(f"{self.gate.where} {_advice(error.status_code)}") from error
        except (openai.APITimeoutError, TimeoutError) as error:
            raise Passing(f"nothing within {self.timeout:g} s") from error
        except openai.APIConnectionError as error:
            raise Passing("the connection failed") from error
        except (openai.OpenAIError, ValueError) as error:  # no JSON, none of the API, or an error within a stream
            log.warning("%s: %s", self.gate.where, str(error)[:MAX_TOLD])
            raise Passing("the answer broke off or cannot be read") from error

    def refused(self, error: openai.APIStatusError) -> ModelRefused:
        """For a request that the server calls wrong, when there is no other way to ask."""
        log.warning("%s: HTTP %d: %s", self.gate.where, error.status_code, str(error)[:MAX_TOLD])
        return ModelRefused(
            f"{self.gate.where} calls the request wrong (HTTP {error.status_code}); the log has its words"
        )

    async def close(self) -> None:
        await self.client.close()


def _advice(status: int) -> str:
    match status:
        case 401 | 403:
            return f"does not accept the key (HTTP {status})"
        case 404:
            return "does not know the model, or its URL is wrong: it mostly ends with /v1 (HTTP 404)"
        case _:
            return f"will not answer (HTTP {status})"


def _retry_after(headers: Mapping[str, Any]) -> float | None:
    """Seconds; None if the server does not say, or says it as a date."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name, "")
        if value.replace(".", "", 1).isdigit():
            return float(value) / unit
    return None
