"""A skill as SKILL.md: what an agent loads to do a task the way it was done before."""

import json
import re
from collections.abc import Sequence
from typing import Any

from memosd.domain.memories import Memory
from memosd.language.script import Language, language_of

_HEADINGS: dict[Language, dict[str, str]] = {
    "en": {
        "procedure": "Procedure",
        "experience": "Experience",
        "preference": "Preferences",
        "examples": "Examples",
        "script": "Script",
    },
    "zh": {
        "procedure": "步骤",
        "experience": "经验",
        "preference": "偏好",
        "examples": "示例",
        "script": "脚本",
    },
}


def render(skill: Memory) -> str:
    """The file of a skill: YAML front matter with `name` and `description`, then a section for each part it has."""
    content = skill.content
    headings = _HEADINGS[language_of(content.value)]
    parts = [
        "---",
        f"name: {_yaml(_slug(content.title) or skill.id)}",
        f"description: {_yaml(content.value)}",
        f"version: {skill.version}",
        "---",
        "",
        f"# {_line(content.title)}",
        "",
        _line(content.value),
    ]
    for name, heading in headings.items():
        if body := _body(content.detail.get(name)):
            parts += ["", f"## {heading}", "", body]
    return "\n".join(parts) + "\n"


def _slug(title: str) -> str:
    """Lower-case words joined by hyphens, at most 64 characters; Chinese stays as it is."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-")[:64]


def _yaml(text: str) -> str:
    """A double-quoted YAML scalar, which JSON's are."""
    return json.dumps(_line(text), ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join(text.split())


def _body(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Sequence):
        return "\n".join(f"- {_line(str(item))}" for item in value)
    if value:
        text = json.dumps(value, ensure_ascii=False, indent=2)
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
        return f"{fence}json\n{text}\n{fence}"
    return ""
