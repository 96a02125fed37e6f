"""The same talk and the same questions give the same memories and the same answers, to the last digit, in every
process: nothing may depend on the order of a set, which differs from process to process, or on random ids."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEEDS = ("1", "2", "3")


def test_processes_with_other_hashes_agree(tmp_path: Path) -> None:
    told = [_told(tmp_path / seed, seed) for seed in SEEDS]
    assert "Bristol" in told[0], "the story was told"
    assert told[1:] == told[:1] * (len(SEEDS) - 1)


def _told(directory: Path, seed: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "tests.flows.fixed_story", str(directory)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return run.stdout
