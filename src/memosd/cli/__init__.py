"""The command line: `memosd serve`, `worker`, `keys`, `projects`, `doctor`, `reindex`."""

from memosd.cli.app import main

__all__ = ["main"]
