"""The question to the model: the rules, and the talk with numbered messages."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import orjson

from memosd.domain.memories import Content, Memory
from memosd.domain.messages import Message, Role
from memosd.language.script import Language, language_of
from memosd.language.sentences import clip
from memosd.ports.models import Ask, Turn

VERSION = "v1"
LONGEST = 16_000
"""Characters of one message that are shown."""
TOLD = 300
"""Characters of a known memory or a hint that are shown."""
ANSWER_TOKENS = 4_000

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "known": "Known memories:",
        "before": "Earlier messages (context only):",
        "new": "New messages:",
        "hints": "Notes made by simple rules (incomplete, may be wrong):",
        "calls": "calls",
    },
    "zh": {
        "known": "已知记忆：",
        "before": "此前的消息（仅作上下文）：",
        "new": "新消息：",
        "hints": "按简单规则做的笔记（不完整，可能有误）：",
        "calls": "调用",
    },
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a prompt shows, in order: messages are numbered from 1 on, first those before; known memories from 1 on."""

    before: tuple[Message, ...]
    new: tuple[Message, ...]
    known: tuple[Memory, ...] = ()
    hints: tuple[Content, ...] = ()

    @property
    def messages(self) -> tuple[Message, ...]:
        return (*self.before, *self.new)

    @property
    def language(self) -> Language:
        return language_of(" ".join(message.text[:1_000] for message in self.new))


@functools.cache
def rules(language: Language) -> str:
    return files(__package__).joinpath("prompts", f"extract.{VERSION}.{language}.md").read_text("utf-8").strip()


def ask(shown: Shown) -> Ask:
    words = _WORDS[shown.language]
    parts: list[str] = []
    if shown.known:
        parts += [
            words["known"],
            *(f"{i}. {clip(m.content.value, characters=TOLD)}" for i, m in enumerate(shown.known, 1)),
        ]
    if shown.before:
        parts += ["", words["before"], *_lines(shown.before, 1, words["calls"])]
    parts += ["", words["new"], *_lines(shown.new, len(shown.before) + 1, words["calls"])]
    if shown.hints:
        parts += ["", words["hints"], *(f"- {clip(c.value, characters=TOLD)}" for c in shown.hints)]
    turns = (Turn("system", rules(shown.language)), Turn("user", "\n".join(parts).strip()))
    return Ask(turns, max_tokens=ANSWER_TOKENS, temperature=0.0)


def text_of(message: Message) -> str:
    """What a message says, the tools it calls included."""
    calls = (f"{c['function']['name']}({c['function']['arguments']})" for c in message.tool_calls if "function" in c)
    return " ".join(part for part in (message.text, *calls) if part)


def _lines(messages: Sequence[Message], first: int, calls: str) -> list[str]:
    """One line a message, so that nothing said can pass for a line of the prompt's own."""
    found = []
    for number, message in enumerate(messages, first):
        text = " ".join(message.text.split())[:LONGEST]
        if message.tool_calls:
            text += f" [{calls}: {orjson.dumps(list(message.tool_calls)).decode()[:TOLD]}]"
        role = message.role.value if message.role is not Role.TOOL else f"tool {message.tool_call_id or ''}".strip()
        found.append(f"{number}. [{message.said_at:%Y-%m-%d %a %H:%M}] {role}: {text}")
    return found
