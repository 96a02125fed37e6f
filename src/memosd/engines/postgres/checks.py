"""What `memosd doctor` looks at: the server, the schema, each index against the records, the queue."""

from memosd.engines.common.checks import queue
from memosd.engines.postgres import schema
from memosd.engines.postgres.session import Session, named_statements
from memosd.ports.storage import Finding

LEAST_VECTOR = (0, 8)
"""The oldest pgvector that searches on under a strict filter."""
_REINDEX = "run `memosd reindex`"


async def findings(session: Session) -> list[Finding]:
    return [
        await _server(session),
        await _vector(session),
        await _schema(session),
        await _counted(session, "text index", "text", _REINDEX),
        await _counted(session, "vectors", "vectors", "restore a backup"),
        await _counted(session, "graph", "graph", _REINDEX),
        await _counted(session, "records", "records", "restore a backup"),
        await _queue(session),
    ]


async def _server(session: Session) -> Finding:
    cursor = await session.connection.execute("SELECT current_setting('server_version'), current_setting('fsync')")
    [(version, fsync)] = await cursor.fetchall()
    detail = f"PostgreSQL {version}"
    if fsync == "on":
        return Finding("database server", well=True, detail=detail)
    advice = "set fsync = on: without it a loss of power can damage the database"
    return Finding("database server", well=True, detail=f"{detail}, fsync is off", advice=advice)


async def _vector(session: Session) -> Finding:
    cursor = await session.connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
    row = await cursor.fetchone()
    version = str(row[0]) if row else "0"
    well = tuple(int(part) for part in version.split(".")[:2]) >= LEAST_VECTOR
    return Finding("pgvector", well, version, "" if well else "install pgvector 0.8 or newer, and update the extension")


async def _schema(session: Session) -> Finding:
    have, newest = await schema.recorded_version(session.connection), schema.migrations()[-1][0]
    well = have == newest
    return Finding("schema", well, f"{have} of {newest}", "" if well else "start the newest memosd once")


async def _counted(session: Session, check: str, topic: str, advice: str) -> Finding:
    """Each statement `<topic>_…` of `checks.sql` counts one kind of disagreement; `<topic>_size` what there is."""
    size, faults = 0, []
    for name in named_statements("checks"):
        if name.startswith(f"{topic}_"):
            count = int(await session.fetch_value(f"checks.{name}"))
            if name == f"{topic}_size":
                size = count
            elif count:
                faults.append(f"{count} {name.removeprefix(f'{topic}_').replace('_', ' ')}")
    return Finding(
        check, not faults, ", ".join(faults) or f"{size} entries agree with the records", advice if faults else ""
    )


async def _queue(session: Session) -> Finding:
    [(waiting, running, failed, _)] = await session.fetch_all("tasks.backlog")
    unreadable = int(await session.fetch_value("checks.unreadable_uploads"))
    stuck = int(await session.fetch_value("checks.stuck_locks"))
    return queue(waiting=waiting, running=running, failed=failed, unreadable=unreadable, stuck=stuck)
