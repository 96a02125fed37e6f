"""Everything on one PostgreSQL database, for any number of processes: records, queue, keys and all indexes."""

from memosd.engines.postgres.engine import PostgresEngine

__all__ = ["PostgresEngine"]
