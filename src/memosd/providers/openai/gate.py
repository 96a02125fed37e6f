"""What stands before every call of a model's server: a limit of calls at once, retries, and a circuit breaker.

Retries wait exponentially longer with full jitter (Brooker 2015, "Exponential Backoff And Jitter", AWS), or as long as
the server asks. The breaker (Nygard, "Release It!") opens after some failures in a row: calls then fail at once, until
a time has passed and one call may try again.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import openai

from memosd.domain.errors import ModelRefused, ModelUnavailable

log = logging.getLogger(__name__)

FIRST_WAIT, MAX_WAIT = 0.5, 20.0
"""Seconds before the second attempt, and the longest that is ever waited, also if the server asks for more."""

ResultT = TypeVar("ResultT")


class Passing(Exception):
    """An attempt failed by what may pass. after: seconds that the server asks to wait."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


@dataclass(slots=True)
class Breaker:
    """failures: in a row, after which it opens; seconds: for how long."""

    failures: int = 5
    seconds: float = 30.0
    tick: Callable[[], float] = time.monotonic
    _failed: int = 0
    _closed_until: float = 0.0

    def check(self, where: str) -> None:
        """Raises `ModelUnavailable` while it is open; lets one call through when the time is over."""
        now = self.tick()
        if self._failed >= self.failures:
            if now < self._closed_until:
                rest = self._closed_until - now
                raise ModelUnavailable(f"{where} failed {self._failed} times in a row; not asked for {rest:.0f} s more")
            self._closed_until = now + self.seconds

    def well(self) -> None:
        self._failed = 0

    def failed(self) -> None:
        self._failed += 1
        if self._failed >= self.failures:
            self._closed_until = self.tick() + self.seconds


@dataclass(slots=True)
class Gate:
    """where: what the server is called in messages. sleep, chance: replaced in tests."""

    where: str
    at_once: int = 8
    attempts: int = 3
    breaker: Breaker = field(default_factory=Breaker)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    _free: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.at_once)

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """One of the calls that may be under way; waits until there is room."""
        async with self._free:
            yield

    async def attempt(self, call: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Call until it goes well, inside `enter`. Raises `ModelUnavailable` after the last attempt; what is not
        `Passing` goes up as it is. A refusal counts as an answer of a server that is well."""
        for number in range(1, self.attempts + 1):
            self.breaker.check(self.where)
            try:
                result = await call()
            except Passing as failure:
                self.breaker.failed()
                if number == self.attempts:
                    raise ModelUnavailable(f"{self.where} does not answer: {failure}") from failure
                log.warning("%s, attempt %d: %s", self.where, number, failure)
                wait = FIRST_WAIT * 2 ** (number - 1) * self.chance() if failure.after is None else failure.after
                await self.sleep(min(wait, MAX_WAIT))
            except (ModelRefused, openai.APIStatusError):
                self.breaker.well()
                raise
            else:
                self.breaker.well()
                return result
        raise AssertionError("there is at least one attempt")
