"""Everything on one SQLite database file: records, queue, keys and all indexes."""

from memosd.engines.sqlite.engine import SqliteEngine

__all__ = ["SqliteEngine"]
