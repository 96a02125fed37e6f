"""The command line: `memosd serve`, `worker`, `keys`, `projects`, `doctor`, `reindex`, `usage`."""

from memosd.cli.app import main

__all__ = ["main"]
