"""Findings that every engine tells alike."""

from memosd.ports.storage import Finding


def queue(*, waiting: int, running: int, failed: int, unreadable: int, stuck: int) -> Finding:
    """unreadable: of the failed tasks those of uploads whose file could not be read: a user's matter, and no sign that
    anything is wrong here. stuck: locks without a first task."""
    detail = f"{waiting} waiting, {running} running, {failed} failed, {stuck} locks without a first task"
    if unreadable:
        detail += f"; {unreadable} of the failed are files that could not be read, `get/knowledgebase-file` says why"
    if stuck:
        return Finding("queue", False, detail, "report this: tasks of these locks are never run")
    well = failed == unreadable
    return Finding("queue", well, detail, "" if well else "the log says why tasks failed, and `get/status` of each")
