"""What every key store must do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from memosd.domain.access import ApiKey, Project
from memosd.domain.errors import Invalid
from memosd.domain.ids import KeyId
from tests.support.records import MORNING, OTHER_PROJECT, PROJECT, Records

OURS = Project(PROJECT, "ours", MORNING)
KEY = ApiKey(KeyId("key_1"), PROJECT, "ci", "a1b2", MORNING, expires_at=MORNING + timedelta(days=30))
DIGEST = bytes(range(32))


async def test_projects_have_unique_names(records: Records) -> None:
    theirs = Project(OTHER_PROJECT, "theirs", MORNING + timedelta(days=1))
    await records.keys.create_project(theirs)
    await records.keys.create_project(OURS)
    with pytest.raises(Invalid, match="'ours'"):
        await records.keys.create_project(replace(theirs, id=PROJECT, name="ours"))
    assert await records.keys.projects() == [OURS, theirs]


async def test_a_key_is_found_by_its_digest_only(records: Records) -> None:
    await records.keys.create_project(OURS)
    await records.keys.create_key(KEY, digest=DIGEST)
    assert await records.keys.key_by_digest(DIGEST) == KEY
    assert await records.keys.key_by_digest(DIGEST[::-1]) is None


async def test_keys_are_listed_by_project(records: Records) -> None:
    await records.keys.create_project(OURS)
    await records.keys.create_project(Project(OTHER_PROJECT, "theirs", MORNING))
    theirs = replace(KEY, id=KeyId("key_2"), project=OTHER_PROJECT, created_at=MORNING + timedelta(days=1))
    await records.keys.create_key(theirs, digest=DIGEST[::-1])
    await records.keys.create_key(KEY, digest=DIGEST)
    assert await records.keys.keys() == [KEY, theirs]
    assert await records.keys.keys(OTHER_PROJECT) == [theirs]


async def test_a_key_needs_its_project_and_an_unused_digest(records: Records) -> None:
    with pytest.raises(Invalid):
        await records.keys.create_key(KEY, digest=DIGEST)
    await records.keys.create_project(OURS)
    await records.keys.create_key(KEY, digest=DIGEST)
    with pytest.raises(Invalid):
        await records.keys.create_key(replace(KEY, id=KeyId("key_2")), digest=DIGEST)


async def test_a_revoked_key_stays_revoked_since_the_first_time(records: Records) -> None:
    await records.keys.create_project(OURS)
    await records.keys.create_key(KEY, digest=DIGEST)
    assert await records.keys.revoke_key(KEY.id, at=MORNING)
    assert await records.keys.revoke_key(KEY.id, at=MORNING + timedelta(days=1))
    assert not await records.keys.revoke_key(KeyId("key_x"), at=MORNING)
    assert await records.keys.key_by_digest(DIGEST) == replace(KEY, revoked_at=MORNING)
