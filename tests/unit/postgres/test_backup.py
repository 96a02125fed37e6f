"""A backup by PostgreSQL's own tools holds everything, and can be worked on."""

import psycopg

from memosd.domain.access import Project
from memosd.engines.postgres import PostgresEngine
from memosd.ports.archive import Parts
from memosd.wire.archive import write_lines
from tests.support.engines import Places
from tests.support.records import MORNING, PROJECT, Records, content, question
from tests.unit.postgres.conftest import records_of
from tests.unit.postgres.test_contents import keep


async def dumped(engine: PostgresEngine) -> bytes:
    return b"".join([lines async for lines in write_lines(engine.archive.dump(PROJECT, parts=Parts()))])


async def test_what_was_dumped_is_restored(places: Places, engine: PostgresEngine, records: Records, url: str) -> None:
    await records.keys.create_project(Project(PROJECT, "name", MORNING))
    [tea] = await records.remember(content("tea", names=["Rome"]))
    staged, secret = await keep(engine, b"a file"), await engine.secret("links")
    with psycopg.connect(places.server.url(), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS restored WITH (FORCE)")
    places.server.copy(url.rsplit("/", 1)[1], "restored")
    restored = await PostgresEngine.open(places.server.url("restored"), connections=2)
    try:
        assert await dumped(restored) == await dumped(engine)
        assert await restored.secret("links") == secret
        async with restored.blobs.reading(PROJECT, staged.digest) as path:
            assert path.read_bytes() == b"a file"
        there = records_of(restored)
        assert await there.found_anywhere(question("tea", entities=["rome"])) == {tea}
        await there.remember(content("coffee"))
        assert [finding for finding in await restored.findings() if not finding.well] == []
    finally:
        await restored.close()
