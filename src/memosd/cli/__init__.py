"""The command line: `memosd serve`, `keys`, `projects`, `doctor`, `reindex`."""

from memosd.cli.app import main

__all__ = ["main"]
