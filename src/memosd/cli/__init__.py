"""The command line. `memosd --help` lists the commands."""

from memosd.cli.app import main

__all__ = ["main"]
