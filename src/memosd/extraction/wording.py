"""How a memory is worded: who said what, and when, in the language of the talk."""

from datetime import datetime

from memosd.domain.messages import Role
from memosd.language.names import speaker
from memosd.language.script import Language, language_of

_SPEAKERS: dict[tuple[Language, Role], str] = {
    ("zh", Role.USER): "用户：",
    ("zh", Role.ASSISTANT): "助手：",
    ("en", Role.USER): "User: ",
    ("en", Role.ASSISTANT): "Assistant: ",
}


def line(role: Role, text: str, *, language: Language | None = None) -> str:
    """One speaker's line. Talk that names its speakers itself (`Anna: …`) is left as it is."""
    text = " ".join(text.split())
    return text if speaker(text) else _SPEAKERS[language or language_of(text), role] + text


def dated(text: str, said_at: datetime) -> str:
    """The text behind the day on which it was said."""
    return f"[{said_at:%Y-%m-%d}] {text}"


def answering(question: str, *, language: Language) -> str:
    """The words that join a short reply to what it replies to."""
    return f"（回应：“{question}”）" if language == "zh" else f"(in reply to: “{question}”)"


def continuing(question: str, *, language: Language) -> str:
    """The words that tell what an answer, or a part of it, is about."""
    return f"（关于：“{question}”）" if language == "zh" else f"(about: “{question}”)"


def stated(said_at: datetime, *, language: Language) -> str:
    """Why an outright preference is believed."""
    day = f"{said_at:%Y-%m-%d}"
    return f"用户于{day}明确说明。" if language == "zh" else f"Stated outright by the user on {day}."
