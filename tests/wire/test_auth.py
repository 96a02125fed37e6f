"""API keys at the door."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import httpx
import pytest

from memosd.domain.access import digest
from memosd.domain.errors import Unauthorized, WrongKey
from memosd.http.app import PREFIX
from memosd.http.auth import REMEMBERED_SECONDS, Authenticator
from memosd.ports.storage import KeyStore
from tests.wire.fakes import NOW, OUR_KEY, OURS, Keys


class Time:
    """The two clocks of an authenticator, set by hand."""

    now: datetime = NOW
    tick: float = 0.0


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def authenticator(keys: Keys, time: Time) -> Authenticator:
    return Authenticator(cast(KeyStore, keys), lambda: time.now, tick=lambda: time.tick)


@pytest.mark.parametrize("header", ["Token {}", "token {}", "Bearer {}", "TOKEN   {} "])
async def test_spellings(client: httpx.AsyncClient, header: str) -> None:
    headers = {"Authorization": header.format(OUR_KEY)}
    assert (await client.post(PREFIX + "/get/memory", json={"user_id": "a"}, headers=headers)).status_code == 200


@pytest.mark.parametrize("header", [None, b"", b"Token", b"Token ", b"Basic abc", b"Token a b", OUR_KEY.encode()])
async def test_no_key(authenticator: Authenticator, header: bytes | None) -> None:
    with pytest.raises(Unauthorized) as raised:
        await authenticator.project(header)
    assert raised.type is Unauthorized


@pytest.mark.parametrize("key", ["mk_nobody", OUR_KEY[:-1], OUR_KEY + "x", OUR_KEY.upper(), "\xff"])
async def test_wrong_key(authenticator: Authenticator, key: str) -> None:
    with pytest.raises(WrongKey):
        await authenticator.project(f"Token {key}".encode("latin-1"))


async def ours(authenticator: Authenticator) -> str:
    return await authenticator.project(f"Token {OUR_KEY}".encode())


async def test_a_key_is_looked_up_once_a_second(authenticator: Authenticator, keys: Keys, time: Time) -> None:
    for _ in range(3):
        assert await ours(authenticator) == OURS
    assert keys.looked_up == 1
    time.tick = REMEMBERED_SECONDS
    await ours(authenticator)
    assert keys.looked_up == 2


async def test_a_revoked_key_stops_within_a_second(authenticator: Authenticator, keys: Keys, time: Time) -> None:
    await ours(authenticator)
    await keys.revoke_key(keys.by_digest[digest(OUR_KEY)].id, at=NOW)
    time.tick = REMEMBERED_SECONDS
    with pytest.raises(WrongKey):
        await ours(authenticator)


async def test_a_new_key_works_at_once(authenticator: Authenticator, keys: Keys) -> None:
    key = keys.by_digest.pop(digest(OUR_KEY))
    with pytest.raises(WrongKey):
        await ours(authenticator)
    keys.by_digest[digest(OUR_KEY)] = key
    assert await ours(authenticator) == OURS


async def test_an_expired_key(authenticator: Authenticator, keys: Keys, time: Time) -> None:
    keys.by_digest[digest(OUR_KEY)] = replace(keys.by_digest[digest(OUR_KEY)], expires_at=NOW + timedelta(hours=1))
    assert await ours(authenticator) == OURS
    time.now += timedelta(hours=1)
    with pytest.raises(WrongKey):
        await ours(authenticator)
