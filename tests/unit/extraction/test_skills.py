"""SKILL.md as a memory."""

from datetime import UTC, datetime

import pytest

from memosd.domain.documents import Block, BlockKind, Document
from memosd.domain.errors import Unreadable
from memosd.domain.files import File, FileKind
from memosd.domain.ids import FileId, MemoryId, MessageId, ProjectId
from memosd.domain.memories import Content, Kind, Memory
from memosd.domain.scope import Owner
from memosd.extraction.skills.render import render
from memosd.extraction.skills.uploaded import skill

AT = datetime(2025, 9, 12, 8, tzinfo=UTC)
FILE = File(FileId("file_1"), ProjectId("p"), MessageId("msg_1"), FileKind.SKILL, "SKILL.md", 9, "a" * 64, AT)
ENGLISH = """---
name: "Expense report"
description: >
  How to hand in
  expenses.
version: 2
tools: [form, mail]
---
# Expense report
Before you begin.
## Steps
1. Collect receipts.
### Details
Keep them flat.
## Lessons learnt
- Ask first.
  Always.
- Keep copies.
## Preferences
* Short sentences
## Examples
1. Taxi to the fair
## Scripts
```python
print("# no heading")
```
"""
CHINESE = """---
name: 报销
description: 如何报销差旅费
---
## 操作步骤
1. 收集发票
## 注意事项
- 先问主管
## 风格偏好
- 简洁
## 示例
- 打车去展会
"""


def made(text: str, *members: str) -> Content:
    return skill(Document("", (Block(BlockKind.TEXT, text),), members=members), FILE, tags=("mine",)).content


def test_english() -> None:
    found = made(ENGLISH, "SKILL.md", "run.py")
    assert (found.kind, found.title, found.value) == (Kind.SKILL, "Expense report", "How to hand in expenses.")
    detail = found.detail
    assert detail["procedure"] == "1. Collect receipts.\n### Details\nKeep them flat."
    assert detail["experience"] == ["Ask first.\n  Always.", "Keep copies."]
    assert detail["preference"] == ["Short sentences"]
    assert detail["examples"] == ["Taxi to the fair"]
    assert detail["script"] == {"python": 'print("# no heading")'}
    assert detail["others"]["version"] == "2"
    assert detail["others"]["tools"] == ["form", "mail"]
    assert detail["others"]["files"] == ["SKILL.md", "run.py"]
    assert found.tags[0] == "mine"


def test_chinese() -> None:
    found = made(CHINESE)
    assert (found.title, found.value, found.language) == ("报销", "如何报销差旅费", "zh")
    assert found.detail["procedure"] == "1. 收集发票"
    assert found.detail["experience"] == ["先问主管"]
    assert found.detail["preference"] == ["简洁"]
    assert found.detail["examples"] == ["打车去展会"]


@pytest.mark.parametrize("words", ["Do this, then that.", "先做这个，再做那个。"])
def test_a_body_without_sections_is_the_procedure(words: str) -> None:
    assert made(f"---\nname: a\ndescription: b\n---\n{words}").detail["procedure"] == words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# Expense report", "no front matter"),
        ("---\ndescription: b\n---\n", "no 'name'"),
        ("---\nname: a\n---\n", "no 'description'"),
        ("---\nname: ''\ndescription: b\n---\n", "no 'name'"),
        (f"---\nname: {'n' * 201}\ndescription: b\n---\n", "201 characters"),
    ],
)
def test_refused(text: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        made(text)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_a_skill_that_was_written_down_reads_back(text: str) -> None:
    found = made(text)
    kept = Memory(MemoryId("mem_1"), ProjectId("p"), Owner.user("ada"), "ada", "c", found, AT, AT)
    again = made(render(kept))
    assert again.value == found.value
    assert [again.detail[name] for name in ("preference", "examples")] == [
        found.detail[name] for name in ("preference", "examples")
    ]
