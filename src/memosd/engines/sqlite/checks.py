"""What `memosd doctor` looks at: the file, the schema, each index against the records, the queue, the disk."""

import shutil
from pathlib import Path

import apsw

from memosd.engines.common.checks import queue
from memosd.engines.sqlite import schema
from memosd.engines.sqlite.statements import fetch_all, fetch_value, named_statements
from memosd.ports.storage import Finding

LEAST_FREE_BYTES = 500_000_000
_REINDEX = "run `memosd reindex`"


def findings(connection: apsw.Connection, directory: Path) -> list[Finding]:
    return [
        _integrity(connection),
        _schema(connection),
        _counted(connection, "text index", "text", _REINDEX),
        _counted(connection, "vectors", "vectors", _REINDEX),
        _counted(connection, "graph", "graph", _REINDEX),
        _counted(connection, "records", "records", "restore a backup"),
        _queue(connection),
        _disk(directory),
    ]


def _integrity(connection: apsw.Connection) -> Finding:
    said = str(connection.execute("PRAGMA quick_check(1)").get)
    broken = connection.execute("SELECT count(*) FROM pragma_foreign_key_check").get
    well = said == "ok" and not broken
    detail = said if said != "ok" else f"{broken} rows refer to missing ones" if broken else "ok"
    return Finding("database file", well, detail, "" if well else "restore a backup")


def _schema(connection: apsw.Connection) -> Finding:
    have, newest = int(connection.pragma("user_version")), schema.migrations()[-1][0]
    well = have == newest
    return Finding("schema", well, f"{have} of {newest}", "" if well else "stop the server and start it again")


def _counted(connection: apsw.Connection, check: str, topic: str, advice: str) -> Finding:
    """Each statement `<topic>_…` of `checks.sql` counts one kind of disagreement; `<topic>_size` what there is."""
    size, faults = 0, []
    for name in named_statements("checks"):
        if name.startswith(f"{topic}_"):
            count = int(fetch_value(connection, f"checks.{name}"))
            if name == f"{topic}_size":
                size = count
            elif count:
                faults.append(f"{count} {name.removeprefix(f'{topic}_').replace('_', ' ')}")
    return Finding(
        check, not faults, ", ".join(faults) or f"{size} entries agree with the records", advice if faults else ""
    )


def _queue(connection: apsw.Connection) -> Finding:
    waiting, running, failed, _ = fetch_all(connection, "tasks.backlog")[0]
    unreadable = int(fetch_value(connection, "checks.unreadable_uploads"))
    stuck = int(fetch_value(connection, "checks.stuck_locks"))
    return queue(waiting=waiting, running=running, failed=failed, unreadable=unreadable, stuck=stuck)


def _disk(directory: Path) -> Finding:
    free = shutil.disk_usage(directory).free
    well = free >= LEAST_FREE_BYTES
    return Finding("free disk", well, f"{free // 1_000_000} MB free", "" if well else "make room on the disk")
