"""The prompt of a chat: system prompt, rules, memories in a fixed order, the conversation so far, the question."""

import functools
from collections.abc import Iterable, Sequence
from importlib.resources import files

from memosd.domain.memories import View
from memosd.domain.messages import Message, Role
from memosd.domain.search import Hit, Recollection
from memosd.language.script import Language, language_of
from memosd.language.sentences import size
from memosd.ports.models import Turn

VERSION = "v1"
HISTORY = 4_000
"""Tokens of the conversation so far; the oldest messages are left out."""

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "preferences": "Preferences:",
        "facts": "Facts:",
        "none": "(nothing)",
        "claim": "(said by the assistant) ",
        "shown": "(shown, not stated) ",
    },
    "zh": {
        "preferences": "偏好：",
        "facts": "事实：",
        "none": "（无）",
        "claim": "（助手所说）",
        "shown": "（由行为看出）",
    },
}


@functools.cache
def rules(language: Language) -> str:
    return files("memosd.flows").joinpath("prompts", f"chat.{VERSION}.{language}.md").read_text("utf-8").strip()


def turns(
    question: str, *, system_prompt: str | None, recollection: Recollection, conversation: Sequence[Turn]
) -> tuple[Turn, ...]:
    """conversation: what was said before the question, in order. The same memories make the same text, in whatever
    order they were found."""
    language = language_of(question)
    system = [*([system_prompt.strip()] if system_prompt else []), rules(language), _memories(recollection, language)]
    return (Turn("system", "\n\n".join(system)), *conversation, Turn("user", question))


def bounded(messages: Sequence[Message]) -> tuple[Turn, ...]:
    """The last messages of a conversation that fit, beginning with one of the user's."""
    found: list[Turn] = []
    left = HISTORY
    for message in reversed(messages):
        left -= size(message.text)
        if left < 0:
            break
        if message.text and message.role in (Role.USER, Role.ASSISTANT):
            found.append(Turn("user" if message.role is Role.USER else "assistant", message.text))
    while found and found[-1].role != "user":
        found.pop()
    return tuple(reversed(found))


def _memories(recollection: Recollection, language: Language) -> str:
    words = _WORDS[language]
    lines = ["<memories>"]
    for name, hits in (("preferences", recollection.preferences), ("facts", recollection.facts)):
        if hits:
            lines += [words[name], *_lines(hits, words)]
    if len(lines) == 1:
        lines.append(words["none"])
    return "\n".join([*lines, "</memories>"])


def _lines(hits: Iterable[Hit], words: dict[str, str]) -> list[str]:
    """One line a memory, so that none can pass for another, or for the end of them."""
    found = []
    for memory in sorted((hit.memory for hit in hits), key=lambda m: (m.content.said_at, m.id)):
        content = memory.content
        mark = words["claim"] if content.view is View.ASSISTANT else ""
        if content.detail.get("preference_type") == "implicit_preference":
            mark = words["shown"]
        day = "" if content.value.startswith("[") else f"[{content.said_at:%Y-%m-%d}] "
        found.append(f"- {mark}{day}{' '.join(content.value.split())}".replace("<", "‹"))
    return found
