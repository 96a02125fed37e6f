"""Where a figure comes from: when, of which version, by which command, on what kind of machine."""

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import memosd

ROOT = Path(__file__).parents[1]


def provenance(module: str, arguments: Sequence[str]) -> list[str]:
    """Lines of Markdown for the head of a page of results. Paths among the arguments are shown by their name only."""
    shown = [Path(a).name if os.sep in a else a for a in arguments]
    command = shlex.join(("python", "-m", module, *shown))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"- command: `{command}`",
        f"- date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"- version: memosd {memosd.__version__}, {_commit()}",
        f"- machine: {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory, {platform.system()}; "
        f"Python {sys.version.split()[0]}",
    ]


def _commit() -> str:
    """The commit in the checkout, and whether files were changed since."""
    commit = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain")
    return f"commit {commit}{' with changes' if changed else ''}" if commit else "not from a checkout"


def _git(*arguments: str) -> str:
    try:
        found = subprocess.run(("git", *arguments), cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)
    except FileNotFoundError:
        return ""
    return found.stdout.strip()
