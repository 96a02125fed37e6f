"""Scripts that a user would write: with `requests` and nothing else, unchanged but for address and key."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness import API, KEY, Server

ROOT = Path(__file__).parents[2]
GUIDE = ROOT.parent / "shared" / "contract" / "add_message.zh.md"
HOSTED = "https://memos.memtensor.cn/api/openmem/v1"
SCRIPT_SECONDS = 60


def python_blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def run(script: str) -> str:
    """What a script writes; it must not fail."""
    done = subprocess.run(
        (sys.executable, "-W", "error", "-c", script),
        capture_output=True,
        text=True,
        timeout=SCRIPT_SECONDS,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("page", "expected"),
    [("README.md", ("Nine kilometres", "2025-06-18")), ("README.zh.md", ("七天", "2025-06-10"))],
)
def test_the_example_of_the_readme(server: Server, page: str, expected: tuple[str, ...]) -> None:
    [example, *_] = python_blocks(ROOT / page)
    for hosted, ours in (("http://127.0.0.1:8000", server.url), ("YOUR_KEY", KEY)):
        assert hosted in example
        example = example.replace(hosted, ours)
    printed = run(example)
    assert all(word in printed for word in expected), printed


def test_a_script_as_in_the_hosted_services_guide(server: Server) -> None:
    """The form of the guide's examples: the body as a string, the header by hand, defaults for everything else."""
    script = """
import os
import json
import requests

os.environ["MEMOS_API_KEY"] = "YOUR_API_KEY"
os.environ["MEMOS_BASE_URL"] = "https://memos.memtensor.cn/api/openmem/v1"

headers = {
    "Content-Type": "application/json",
    "Authorization": f"Token {os.environ['MEMOS_API_KEY']}"
}
BASE_URL = os.environ["MEMOS_BASE_URL"]

data = {
    "user_id": "user_1",
    "conversation_id": "0610",
    "messages": [
        {"role": "user", "content": "我的生日是3月5日，今年想去海边过。"},
        {"role": "assistant", "content": "好主意，需要我推荐海边城市吗？"},
        {"role": "user", "content": "I am allergic to shrimp, by the way."},
        {"role": "assistant", "content": "Noted."}
    ],
    "async_mode": False
}
res = requests.post(url=f"{BASE_URL}/add/message", headers=headers, data=json.dumps(data))
print(f"result: {res.json()}")

for query in ("我的生日是哪一天？", "What am I allergic to?"):
    data = {"query": query, "user_id": "user_1", "conversation_id": "0928"}
    res = requests.post(url=f"{BASE_URL}/search/memory", headers=headers, data=json.dumps(data))
    print(f"result: {res.json()}")
"""
    printed = run(_ours(script, server))
    added, birthday, allergy = printed.splitlines()
    assert "'code': 0" in added
    assert "3月5日" in birthday
    assert "shrimp" in allergy


@pytest.mark.skipif(not GUIDE.exists(), reason="the hosted service's guide is not part of the repository")
def test_the_scripts_of_the_hosted_services_guide(server: Server) -> None:
    scripts = [block for block in python_blocks(GUIDE) if "import requests" in block]
    assert len(scripts) == 2
    first, second = (run(_ours(script, server)) for script in scripts)
    assert "'code': 0" in first
    assert "'status': 'running'" in first
    assert second.count("✅") == 2


def _ours(script: str, server: Server) -> str:
    assert HOSTED in script
    assert "YOUR_API_KEY" in script
    return script.replace(HOSTED, server.url + API).replace("YOUR_API_KEY", KEY)
